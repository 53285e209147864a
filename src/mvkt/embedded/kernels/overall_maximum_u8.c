static void overall_maximum_u8(const uint8_t *in, uint8_t *out, int steps, int channels, float scale, int in_zero, int zero)
{
    for (int c = 0; c < channels; c++) {
        uint8_t most = in[c];
        for (int t = 1; t < steps; t++)
            most = in[t * channels + c] > most ? in[t * channels + c] : most;
        out[c] = round_u8((float)(most - in_zero) * scale, zero, 0);
    }
}
