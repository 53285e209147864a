/* The last layer: its sums are not rounded to 8 bits again. (inputs, outputs) weights. */
static void connect_u8(const uint8_t *in, float *out, int in_zero, int channels, int outputs, const int8_t *weights,
                       const int32_t *bias, const float *scales)
{
    for (int o = 0; o < outputs; o++) {
        int32_t sum = bias[o];
        for (int j = 0; j < channels; j++)
            sum += (in[j] - in_zero) * weights[j * outputs + o];
        out[o] = (float)sum * scales[o];
    }
}
