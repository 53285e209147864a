static void overall_maximum(const float *in, float *out, int steps, int channels)
{
    for (int c = 0; c < channels; c++) {
        float most = in[c];
        for (int t = 1; t < steps; t++)
            most = in[t * channels + c] > most ? in[t * channels + c] : most;
        out[c] = most;
    }
}
