/*
 * Runs mvkt_judge on an emulated Cortex-M: windows from a file of the host, logits and measurements into another.
 *
 * Beside the student it needs nothing: no C library, no heap, no operating system. Files are reached by semihosting
 * (QEMU: -semihosting-config enable=on). Instructions are counted with SysTick: under "-icount shift=0" QEMU lets
 * exactly one nanosecond pass for each instruction, and SysTick counts the board's clock. How many instructions a tick is
 * comes first in the file of answers: the ticks of a loop of CALIBRATION instructions.
 */
#include "student.h"
#include <stddef.h>
#include <stdint.h>

extern uint32_t stack_lowest[], stack_top[], bss_start[], bss_end[], data_start[], data_end[], data_in_flash[];

#define OPEN 0x01
#define CLOSE 0x02
#define WRITE 0x05
#define READ 0x06
#define EXIT 0x18
#define FINISHED 0x20026
#define FAILED 0x20023
#define READ_BINARY 1
#define WRITE_BINARY 5

#define SYSTICK ((volatile uint32_t *)0xE000E010)
#define FLOATING_POINT (*(volatile uint32_t *)0xE000ED88)
#define WINDOWS "windows.bin"
#define ANSWERS "answers.bin"
#define PAINT 0xC5C5C5C5u

/* The loop that SysTick is set against: so many instructions. */
#define CALIBRATION 2000000

static float window[MVKT_LEADS * MVKT_SAMPLES];

static struct {
    float logits[MVKT_CLASSES];
    uint32_t ticks;
    uint32_t stack_bytes;
} answer;

static int semihosting(int operation, const void *parameters)
{
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = parameters;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static void leave(int reason)
{
    semihosting(EXIT, (const void *)(uintptr_t)reason);
    for (;;) {
    }
}

static int open(const char *name, size_t length, int mode)
{
    const uintptr_t parameters[] = {(uintptr_t)name, (uintptr_t)mode, length};
    const int file = semihosting(OPEN, parameters);
    if (file < 0)
        leave(FAILED);
    return file;
}

/* How many bytes were not transferred. */
static int transfer(int operation, int file, void *bytes, size_t count)
{
    const uintptr_t parameters[] = {(uintptr_t)file, (uintptr_t)bytes, count};
    return semihosting(operation, parameters);
}

static void start_counting(void)
{
    SYSTICK[2] = 0; /* any value sets the counter to 0; it goes on from its reload value */
}

/* Ticks since the start. The counter has 24 bits. */
static uint32_t counted(void)
{
    const uint32_t ticks = (0u - SYSTICK[2]) & 0xFFFFFF;
    if (SYSTICK[0] & 1 << 16) /* it has been at 0 in between */
        leave(FAILED);
    return ticks;
}

static uint32_t calibrate(void)
{
    uint32_t rounds = CALIBRATION / 2;
    start_counting();
    __asm__ volatile("1: subs %0, #1\n\tbne 1b" : "+r"(rounds) : : "cc");
    return counted();
}

/* Where the stack of the caller ends; what lies below is free. Not inlined: the caller has then saved its registers. */
static uint32_t *__attribute__((noinline)) stack_pointer(void)
{
    uint32_t *place;
    __asm__ volatile("mov %0, sp" : "=r"(place));
    return place;
}

static void __attribute__((noinline)) measure(void)
{
    uint32_t *const before = stack_pointer();
    /* Volatile, here and below: else the compiler calls memset, which is not there, or paints over its own stack. */
    for (volatile uint32_t *place = stack_lowest; place < before; place++)
        *place = PAINT;
    start_counting();
    const int fault = mvkt_judge(window, answer.logits);
    answer.ticks = counted();
    uint32_t *used = stack_lowest;
    while (used < before && *used == PAINT)
        used++;
    answer.stack_bytes = (uint32_t)((uintptr_t)before - (uintptr_t)used);
    if (fault != MVKT_OK || used == stack_lowest)
        leave(FAILED);
}

void reset(void)
{
    FLOATING_POINT |= 0xF << 20; /* the unit for floating point on, where there is one */
    __asm__ volatile("dsb\n\tisb");
    for (volatile uint32_t *to = data_start, *from = data_in_flash; to < data_end;)
        *to++ = *from++;
    for (volatile uint32_t *place = bss_start; place < bss_end;)
        *place++ = 0;
    SYSTICK[1] = 0xFFFFFF;
    SYSTICK[0] = 5; /* counts cycles of the processor, without an interrupt */
    const int windows = open(WINDOWS, sizeof WINDOWS - 1, READ_BINARY);
    const int answers = open(ANSWERS, sizeof ANSWERS - 1, WRITE_BINARY);
    uint32_t calibration = calibrate();
    if (transfer(WRITE, answers, &calibration, sizeof calibration) != 0)
        leave(FAILED);
    while (transfer(READ, windows, window, sizeof window) == 0) {
        measure();
        if (transfer(WRITE, answers, &answer, sizeof answer) != 0)
            leave(FAILED);
    }
    const uintptr_t file[] = {(uintptr_t)answers};
    semihosting(CLOSE, file);
    leave(FINISHED);
}

static void fault(void)
{
    leave(FAILED);
}

__attribute__((section(".vectors"), used)) static const struct {
    uint32_t *stack;
    void (*handlers[15])(void);
} vectors = {stack_top, {reset, fault, fault, fault, fault, fault}};
