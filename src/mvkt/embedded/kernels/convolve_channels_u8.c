static void convolve_channels_u8(const uint8_t *in, uint8_t *out, int in_zero, int zero, int in_steps, int steps,
                                 int channels, int kernel, int stride, int padding, int lowest, const int8_t *weights,
                                 const int32_t *bias, const float *scales)
{
    for (int t = 0; t < steps; t++) {
        const int start = t * stride - padding;
        const int low = start < 0 ? -start : 0;
        const int high = start + kernel > in_steps ? in_steps - start : kernel;
        for (int c = 0; c < channels; c++) {
            int32_t sum = bias[c];
            for (int k = low; k < high; k++)
                sum += (in[(start + k) * channels + c] - in_zero) * weights[k * channels + c];
            out[t * channels + c] = round_u8((float)sum * scales[c], zero, lowest);
        }
    }
}
