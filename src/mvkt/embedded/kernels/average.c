/* The mean of the samples that are there. */
static void average(const float *in, float *out, int in_steps, int steps, int channels, int kernel, int stride, int padding,
                    const uint8_t *counted)
{
    for (int t = 0; t < steps; t++) {
        const int start = t * stride - padding;
        float *y = out + t * channels;
        for (int c = 0; c < channels; c++)
            y[c] = 0.0f;
        for (int k = 0; k < kernel; k++) {
            if (start + k < 0 || start + k >= in_steps)
                continue;
            for (int c = 0; c < channels; c++)
                y[c] += in[(start + k) * channels + c];
        }
        for (int c = 0; c < channels; c++)
            y[c] /= (float)counted[t];
    }
}
