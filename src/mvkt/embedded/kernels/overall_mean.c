static void overall_mean(const float *in, float *out, int steps, int channels)
{
    for (int c = 0; c < channels; c++) {
        float sum = 0.0f;
        for (int t = 0; t < steps; t++)
            sum += in[t * channels + c];
        out[c] = sum / (float)steps;
    }
}
