static void maximum(const float *in, float *out, int in_steps, int steps, int channels, int kernel, int stride, int padding)
{
    for (int t = 0; t < steps; t++) {
        const int start = t * stride - padding;
        const int low = start < 0 ? 0 : start;
        const int high = start + kernel > in_steps ? in_steps : start + kernel;
        for (int c = 0; c < channels; c++) {
            float most = in[low * channels + c];
            for (int s = low + 1; s < high; s++)
                most = in[s * channels + c] > most ? in[s * channels + c] : most;
            out[t * channels + c] = most;
        }
    }
}
