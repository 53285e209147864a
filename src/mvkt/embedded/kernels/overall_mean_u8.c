static void overall_mean_u8(const uint8_t *in, uint8_t *out, int steps, int channels, float scale, int in_zero, int zero)
{
    for (int c = 0; c < channels; c++) {
        int32_t sum = 0;
        for (int t = 0; t < steps; t++)
            sum += in[t * channels + c] - in_zero;
        out[c] = round_u8((float)sum * (scale / (float)steps), zero, 0);
    }
}
