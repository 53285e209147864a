static void gate(const float *in, const float *factors, float *out, int steps, int channels)
{
    for (int t = 0; t < steps; t++)
        for (int c = 0; c < channels; c++)
            out[t * channels + c] = in[t * channels + c] * factors[c];
}
