/* Each channel with a kernel of its own: (kernel, channels). */
static void convolve_channels(const float *in, float *out, int in_steps, int steps, int channels, int kernel, int stride,
                              int padding, int rectified, const float *weights, const float *bias)
{
    for (int t = 0; t < steps; t++) {
        const int start = t * stride - padding;
        float *y = out + t * channels;
        for (int c = 0; c < channels; c++)
            y[c] = bias[c];
        for (int k = 0; k < kernel; k++) {
            if (start + k < 0 || start + k >= in_steps)
                continue;
            const float *x = in + (start + k) * channels;
            for (int c = 0; c < channels; c++)
                y[c] += x[c] * weights[k * channels + c];
        }
        for (int c = 0; rectified && c < channels; c++)
            y[c] = y[c] < 0.0f ? 0.0f : y[c];
    }
}
