/* As ONNX Runtime's QLinearConv: exact sums of whole numbers, scaled and rounded once. */
static void convolve_u8(const uint8_t *in, uint8_t *out, int in_zero, int zero, int in_steps, int steps, int channels,
                        int outputs, int kernel, int stride, int padding, int lowest, const int8_t *weights,
                        const int32_t *bias, const float *scales)
{
    for (int t = 0; t < steps; t++) {
        const int start = t * stride - padding;
        const int low = start < 0 ? -start : 0;
        const int high = start + kernel > in_steps ? in_steps - start : kernel;
        const uint8_t *x = in + (start + low) * channels;
        const int count = (high - low) * channels;
        for (int o = 0; o < outputs; o += 8) {
            const int8_t *w = weights + (o * kernel + low * 8) * channels;
            int32_t sum[8];
            EIGHT_TIMES
            for (int u = 0; u < 8; u++)
                sum[u] = bias[o + u];
            for (int j = 0; j < count; j++) {
                const int32_t difference = x[j] - in_zero;
                EIGHT_TIMES
                for (int u = 0; u < 8; u++)
                    sum[u] += difference * w[u];
                w += 8;
            }
            EIGHT_TIMES
            for (int u = 0; u < 8; u++)
                if (o + u < outputs)
                    out[t * outputs + o + u] = round_u8((float)sum[u] * scales[o + u], zero, lowest);
        }
    }
}
