static void quantise_u8(const float *in, uint8_t *out, int count, float size, int zero)
{
    for (int i = 0; i < count; i++)
        out[i] = round_u8(in[i] / size, zero, 0);
}
