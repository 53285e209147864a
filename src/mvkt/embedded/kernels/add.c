static void add(const float *a, const float *b, float *out, int count, int rectified)
{
    for (int i = 0; i < count; i++) {
        const float sum = a[i] + b[i];
        out[i] = rectified && sum < 0.0f ? 0.0f : sum;
    }
}
