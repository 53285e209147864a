static void join_u8(const uint8_t *in, uint8_t *out, int count, float scale, int in_zero, int zero)
{
    for (int i = 0; i < count; i++)
        out[i] = round_u8((float)(in[i] - in_zero) * scale, zero, 0);
}
