static void scale_steps_u8(const uint8_t *in, uint8_t *out, int in_zero, int zero, int steps, int channels,
                           const float *factors)
{
    for (int t = 0; t < steps; t++)
        for (int c = 0; c < channels; c++)
            out[t * channels + c] = round_u8((float)(in[t * channels + c] - in_zero) * factors[t], zero, 0);
}
