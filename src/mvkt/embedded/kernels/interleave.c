/* (channels, steps) to (steps, channels). */
static void interleave(const float *in, float *out, int steps, int channels)
{
    for (int t = 0; t < steps; t++)
        for (int c = 0; c < channels; c++)
            out[t * channels + c] = in[c * steps + t];
}
