/* Eight outputs at a time; their weights lie side by side: (outputs / 8, kernel, channels, 8). */
static void convolve(const float *in, float *out, int in_steps, int steps, int channels, int outputs, int kernel,
                     int stride, int padding, int rectified, const float *weights, const float *bias)
{
    for (int t = 0; t < steps; t++) {
        const int start = t * stride - padding;
        const int low = start < 0 ? -start : 0;
        const int high = start + kernel > in_steps ? in_steps - start : kernel;
        const float *x = in + (start + low) * channels;
        const int count = (high - low) * channels;
        for (int o = 0; o < outputs; o += 8) {
            const float *w = weights + (o * kernel + low * 8) * channels;
            float sum[8];
            EIGHT_TIMES
            for (int u = 0; u < 8; u++)
                sum[u] = bias[o + u];
            for (int j = 0; j < count; j++) {
                EIGHT_TIMES
                for (int u = 0; u < 8; u++)
                    sum[u] += x[j] * w[u];
                w += 8;
            }
            EIGHT_TIMES
            for (int u = 0; u < 8; u++)
                if (o + u < outputs)
                    out[t * outputs + o + u] = rectified && sum[u] < 0.0f ? 0.0f : sum[u];
        }
    }
}
