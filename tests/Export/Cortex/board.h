/* A Cortex-M of QEMU without a library: startup, output by semihosting and the instructions that something takes. QEMU's -icount shift=0 lets an
   instruction take 1 ns; SysTick counts 25 MHz, so a tick is 40 instructions. */
#define SYSTICK ((volatile uint32_t *)0xE000E010u)
#define TICKS 0x1000000u
#define INSTRUCTIONS_A_TICK 40u

extern uint32_t stack, bss_first, bss_last;
static void run(void);
void reset(void);
static void fault(void);
static void wrapped(void);
static volatile uint32_t wraps;

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    &stack, (const void *)reset, (const void *)fault, (const void *)fault, (const void *)fault, (const void *)fault, (const void *)fault,
    0, 0, 0, 0, 0, 0, 0, 0, (const void *)wrapped,
};

static void semihost(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

static void end(uint32_t code)
{
    const uint32_t words[2] = { 0x20026u, code };
    semihost(0x20u, words);
}

static void fault(void)
{
    semihost(0x04u, "fault\n");
    end(3);
    for (;;) { }
}

/* SysTick counts 24 bits down. */
static void wrapped(void)
{
    wraps++;
}

/* The instructions so far; at 0 it is not sure whether the count has wrapped. */
static uint64_t instructions(void)
{
    uint32_t before, left;
    do {
        before = wraps;
        left = SYSTICK[2];
    } while (before != wraps || left == 0);
    return ((uint64_t)before * TICKS + (TICKS - 1u - left)) * INSTRUCTIONS_A_TICK;
}

static void print(const char *before, int64_t value)
{
    char digits[24];
    char *next = &digits[23];
    uint64_t rest = value < 0 ? 0u - (uint64_t)value : (uint64_t)value;
    *next = '\0';
    do { *--next = (char)('0' + (int)(rest % 10u)); rest /= 10u; } while (rest > 0);
    if (value < 0) *--next = '-';
    semihost(0x04u, before);
    semihost(0x04u, next);
}

void reset(void)
{
    uint32_t *word;
    for (word = &bss_first; word < &bss_last; word++) *word = 0;
    SYSTICK[1] = TICKS - 1u;
    SYSTICK[2] = 0;
    SYSTICK[0] = 7;
    run();
    end(0);
    for (;;) { }
}
