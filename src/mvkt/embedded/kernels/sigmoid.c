static void sigmoid(const float *in, float *out, int count)
{
    for (int i = 0; i < count; i++)
        out[i] = 1.0f / (1.0f + expf(-in[i]));
}
