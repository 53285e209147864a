static void add_u8(const uint8_t *a, const uint8_t *b, uint8_t *out, int count, float a_scale, int a_zero, float b_scale,
                   int b_zero, int zero, int lowest)
{
    for (int i = 0; i < count; i++)
        out[i] = round_u8(a_scale * (float)(a[i] - a_zero) + b_scale * (float)(b[i] - b_zero), zero, lowest);
}
