/* The nearest 8-bit number, ties to even, as ONNX Runtime rounds: adding 1.5 * 2^23 leaves no room for fractions. */
static uint8_t round_u8(float value, int zero, int lowest)
{
    const float low = (float)(lowest - zero), high = (float)(255 - zero);
    const float clipped = value < low ? low : value > high ? high : value;
    const volatile float whole = clipped + 12582912.0f;
    return (uint8_t)((int)(whole - 12582912.0f) + zero);
}
