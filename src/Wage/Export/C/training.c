/* Random bits are a function of seed, step, layer and weight, and of nothing else (Philox 4x32-10,
   Salmon, Moraes, Dror and Shaw 2011). Counter: block, 0, step, stream; key: the seed. */
typedef struct {
    uint64_t seed;
    uint32_t step, stream, block, word[4];
} random_bits;

static void philox(random_bits *r)
{
    uint32_t k0 = (uint32_t)(r->seed & UINT32_MAX), k1 = (uint32_t)(r->seed >> 32), *const x = r->word;
    int32_t round;
    x[0] = r->block;
    x[1] = 0;
    x[2] = r->step;
    x[3] = r->stream;
    for (round = 0; round < 10; round++) {
        const uint64_t p = UINT64_C(0xD2511F53) * x[0], q = UINT64_C(0xCD9E8D57) * x[2];
        x[0] = (uint32_t)(q >> 32) ^ x[1] ^ k0;
        x[1] = (uint32_t)(q & UINT32_MAX);
        x[2] = (uint32_t)(p >> 32) ^ x[3] ^ k1;
        x[3] = (uint32_t)(p & UINT32_MAX);
        k0 += UINT32_C(0x9E3779B9);
        k1 += UINT32_C(0xBB67AE85);
    }
}

/* The random bits of a weight, 32 or 64. */
static uint64_t draw(random_bits *r, uint32_t index, int wide)
{
    const uint32_t block = wide ? index / 2 : index / 4, first = wide ? index % 2 * 2 : index % 4;
    if (block != r->block) {
        r->block = block;
        philox(r);
    }
    return wide ? (uint64_t)r->word[first + 1] << 32 | r->word[first] : r->word[first];
}

/* round(log2 m), m >= 1: the constant is 2^63 sqrt 2. */
static int32_t nearest_log2(int64_t m)
{
    int32_t f = 0;
    while (m >> f > 1) f++;
    return (uint64_t)m > UINT64_C(0xB504F333F9DE6484) >> (63 - f) ? f + 1 : f;
}

/* v 2^left, between -limit and limit, which have 15 bits. */
static int32_t shifted_left(int64_t v, int32_t left, int32_t limit)
{
    return (int32_t)clamp_64(clamp_64(v, -limit, limit) * (INT64_C(1) << (left < 16 ? left : 16)), -limit, limit);
}

static int32_t activation_of(sum v, int32_t dropped, int32_t limit)
{
    return dropped > 0 ? (int32_t)clamp_64(ROUND_ACTIVATION(v, dropped), -limit, limit) : shifted_left(v, -dropped, limit);
}

static int32_t error_of(sum v, int32_t dropped, int32_t limit)
{
    return dropped > 0 ? (int32_t)clamp_64(ROUND_ERROR(v, dropped), -limit, limit) : shifted_left(v, -dropped, limit);
}

/* What the products read of a filter's stored weights. */
static void use_weights(const layer *l, const training_weight *stored, int32_t filter)
{
    int32_t k;
    stored += l->weights + filter * l->fan_in;
    for (k = 0; k < l->fan_in; k++)
        row[k] = (int8_t)clamp_32(ROUND_WEIGHT(stored[k], l->weight_dropped), -l->weight_limit, l->weight_limit);
}

/* The part of a kernel's row ky that lies in the image: how many values, and where the first is in the image and in the kernel. */
static int32_t run(const layer *l, int32_t ky, int32_t top, int32_t left, int32_t *x, int32_t *w)
{
    const int32_t first = left < 0 ? -left : 0;
    const int32_t last = left > l->width - l->kernel_width ? l->width - left : l->kernel_width;
    if (top + ky < 0 || top + ky >= l->height) return 0;
    *x = ((top + ky) * l->width + left + first) * l->channels;
    *w = (ky * l->kernel_width + first) * l->channels;
    return (last - first) * l->channels;
}

/* Row and column of the kernel's first value for an output and the place in its pooling window. */
static int32_t top_of(const layer *l, int32_t y, int32_t at)
{
    return (y * l->pool_stride + at / l->pool) * l->stride - l->top;
}

static int32_t left_of(const layer *l, int32_t x, int32_t at)
{
    return (x * l->pool_stride + at % l->pool) * l->stride - l->left;
}

/* The sum of a filter, whose weights are in row, at one place of an image. */
static sum product(const layer *l, const uint8_t *pixels, const int8_t *x, int32_t top, int32_t left)
{
    sum total = 0;
    int32_t ky, k, from = 0, to = 0;
    for (ky = 0; ky < l->kernel_height; ky++) {
        const int32_t count = run(l, ky, top, left, &from, &to);
        if (l->input < 0)
            for (k = 0; k < count; k++) total += pixel_values[pixels[from + k]] * row[to + k];
        else
            for (k = 0; k < count; k++) total += x[from + k] * row[to + k];
    }
    return total;
}

/* A layer forward, for n images: activations with what their errors need, or scores. */
static void forward(const layer *l, const training_weight *stored, const uint8_t *images, int32_t n)
{
    const int32_t length = l->height * l->width * l->channels, window = l->pool * l->pool;
    int32_t f, i, y, x, at;
    for (f = 0; f < l->filters; f++) {
        use_weights(l, stored, f);
        for (i = 0; i < n; i++) {
            const uint8_t *const pixels = l->input < 0 ? &images[i * length] : images;
            const int8_t *const from = l->input < 0 ? memory : &memory[l->input + i * length];
            for (y = 0; y < l->out_height; y++) {
                for (x = 0; x < l->out_width; x++) {
                    const int32_t to = ((i * l->out_height + y) * l->out_width + x) * l->filters + f;
                    int32_t best = 0;
                    sum v = product(l, pixels, from, top_of(l, y, 0), left_of(l, x, 0));
                    for (at = 1; at < window; at++) {
                        const sum other = product(l, pixels, from, top_of(l, y, at), left_of(l, x, at));
                        if (other > v) {
                            v = other;
                            best = at;
                        }
                    }
                    if (l->output < 0) {
                        scores[to] = v;
                        continue;
                    }
                    if (l->mask >= 0)
                        ((uint8_t *)memory)[l->mask + to] = (uint8_t)((v > 0 ? RELU_PASSES : 0) | (v <= l->clip ? CLIP_PASSES : 0) | best * 4);
                    memory[l->output + to] = (int8_t)activation_of(v > 0 ? v : 0, l->dropped, l->limit);
                }
            }
        }
    }
}

#if CROSS_ENTROPY
/* 2^-(r / 2^30) in units of 2^-32, r in [0, 2^30): Horner's rule in r - 1/2. */
static int64_t power_of_minus(int64_t r)
{
    static const int64_t c[9] = {
        4014, -46323, 467805, -4049402, 29210263, -168566006, 729568022, -2105088334, 3037000500,
    };
    int64_t total = -309;
    int32_t k;
    for (k = 0; k < 9; k++) total = c[k] + floor_64(total * (r - (INT64_C(1) << 29)), 30);
    return total;
}

/* e^-distance in units of 2^-30; the distance has SCORE_BITS fraction bits. */
static int64_t exponential(int64_t distance)
{
    int64_t t;
    if (distance >> SCORE_BITS >= 32) return 0;
#if SCORE_BITS > 28
    distance = even_64(distance, SCORE_BITS - 28);
#else
    distance *= INT64_C(1) << (28 - SCORE_BITS);
#endif
    t = even_64(distance * (INT64_C(1549082005) >> 2), 26);
    return even_64(power_of_minus(t & ((INT64_C(1) << 30) - 1)), (int32_t)(t >> 30) + 2);
}
#endif

/* Scores become the errors of the loss; how many images had the label as the first of the greatest scores. */
static int32_t loss(const uint8_t *labels, int32_t n)
{
    int32_t i, j, right = 0;
    for (i = 0; i < n; i++) {
        sum *const s = &scores[i * MODEL_CLASSES];
        int32_t best = 0;
        for (j = 1; j < MODEL_CLASSES; j++)
            if (s[j] > s[best]) best = j;
        if (labels[i] >= MODEL_CLASSES) {
            for (j = 0; j < MODEL_CLASSES; j++) s[j] = 0;
            continue;
        }
        if (best == labels[i]) right++;
#if CROSS_ENTROPY
        {
            const int64_t greatest = s[best];
            int64_t total = 0;
            for (j = 0; j < MODEL_CLASSES; j++) total += exponential(greatest - s[j]);
            for (j = 0; j < MODEL_CLASSES; j++) {
                const int64_t share = exponential(greatest - s[j]) * (INT64_C(1) << 30), p = share / total, twice = share % total * 2;
                const int64_t one = j == labels[i] ? INT64_C(1) << 30 : 0;
                s[j] = (sum)(p + (twice > total || (twice == total && p % 2 != 0) ? 1 : 0) - one);
            }
        }
#else
        s[labels[i]] -= (sum)(INT64_C(1) << SCORE_BITS);
#endif
    }
    return right;
}

/* The bits that Q_E drops of errors with this greatest magnitude. */
static int32_t dropped_of(int64_t most, int32_t bits)
{
    return most == 0 ? 0 : nearest_log2(most) - (bits - 1);
}

/* Q_E of the loss's errors. */
static void output_errors(const layer *l, int32_t n)
{
    int64_t most = 0;
    int32_t i, dropped;
    for (i = 0; i < n * MODEL_CLASSES; i++) {
        const int64_t v = scores[i];
        if (v > most) most = v;
        else if (-v > most) most = -v;
    }
    dropped = dropped_of(most, l->error_bits);
    for (i = 0; i < n * MODEL_CLASSES; i++)
        ERRORS[l->errors + i] = (error)error_of(scores[i], dropped, (INT32_C(1) << (l->error_bits - 1)) - 1);
}

/* The place of an output's maximum in its pooling window. */
static int32_t place_of(const layer *l, int32_t at)
{
    return l->pool > 1 ? ((const uint8_t *)memory)[l->mask + at] / 4 : 0;
}

/* The errors of a layer's input for one image, as sums. */
static void input_errors(const layer *l, const training_weight *stored, int32_t image)
{
    const int32_t length = l->height * l->width * l->channels;
    int32_t f, y, x, ky, k, from = 0, to = 0;
    for (k = 0; k < length; k++) sums[k] = 0;
    for (f = 0; f < l->filters; f++) {
        int used = 0;
        for (y = 0; y < l->out_height; y++) {
            for (x = 0; x < l->out_width; x++) {
                const int32_t at = ((image * l->out_height + y) * l->out_width + x) * l->filters + f;
                const int32_t e = ERRORS[l->errors + at], place = place_of(l, at);
                if (e == 0) continue;
                if (!used) use_weights(l, stored, f);
                used = 1;
                for (ky = 0; ky < l->kernel_height; ky++) {
                    const int32_t count = run(l, ky, top_of(l, y, place), left_of(l, x, place), &from, &to);
                    for (k = 0; k < count; k++) sums[from + k] += e * row[to + k];
                }
            }
        }
    }
}

/* Errors one layer back: masked, then Q_E by the greatest of the whole batch, for which the sums are made twice. */
static void backward(const layer *l, const layer *before, const training_weight *stored, int32_t n)
{
    const int32_t length = l->height * l->width * l->channels;
    const uint8_t *const mask = (const uint8_t *)memory + before->mask;
    int64_t most = 0;
    int32_t i, k, dropped;
    for (i = 0; i < n; i++) {
        input_errors(l, stored, i);
        for (k = 0; k < length; k++) {
            const int64_t v = sums[k];
            if ((mask[i * length + k] & CLIP_PASSES) == 0) continue;
            if (v > most) most = v;
            else if (-v > most) most = -v;
        }
    }
    dropped = dropped_of(most, before->error_bits);
    for (i = 0; i < n; i++) {
        if (n > 1) input_errors(l, stored, i);
        for (k = 0; k < length; k++) {
            const int32_t passes = (mask[i * length + k] & 3) == (RELU_PASSES | CLIP_PASSES);
            const int32_t e = passes ? error_of(sums[k], dropped, (INT32_C(1) << (before->error_bits - 1)) - 1) : 0;
            ERRORS[before->errors + i * length + k] = (error)e;
        }
    }
}

/* The gradients of a filter's weights, as sums over the batch. */
static void gradients(const layer *l, const training_weight *stored, const uint8_t *images, int32_t n, int32_t f)
{
    const int32_t length = l->height * l->width * l->channels;
    int32_t i, y, x, ky, k, from = 0, to = 0;
    for (k = 0; k < l->fan_in; k++) sums[k] = 0;
    for (i = 0; i < n; i++) {
        for (y = 0; y < l->out_height; y++) {
            for (x = 0; x < l->out_width; x++) {
                const int32_t at = ((i * l->out_height + y) * l->out_width + x) * l->filters + f;
                const int32_t e = ERRORS[l->errors + at], place = place_of(l, at);
                if (e == 0) continue;
                for (ky = 0; ky < l->kernel_height; ky++) {
                    const int32_t count = run(l, ky, top_of(l, y, place), left_of(l, x, place), &from, &to);
                    if (l->input < 0)
                        for (k = 0; k < count; k++) sums[to + k] += e * pixel_values[images[i * length + from + k]];
                    else
                        for (k = 0; k < count; k++) sums[to + k] += e * memory[l->input + i * length + from + k];
                }
            }
        }
    }
    stored += l->weights + f * l->fan_in;
    for (k = 0; k < l->fan_in; k++)
        if (stored[k] > l->weight_passes || stored[k] < -l->weight_passes) sums[k] = 0;
}

/* eta = numerator / denominator 2^exponent, both odd. */
typedef struct {
    int64_t numerator, denominator;
    int32_t exponent;
} rate;

static rate rate_of(const training_state *state)
{
    rate r;
    int64_t a = state->eta_numerator, b = state->eta_denominator;
    while (b != 0) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    r.numerator = state->eta_numerator / a;
    r.denominator = state->eta_denominator / a;
    r.exponent = 0;
    for (; r.numerator % 2 == 0; r.numerator /= 2) r.exponent++;
    for (; r.denominator % 2 == 0; r.denominator /= 2) r.exponent--;
    return r;
}

static int32_t bits_of(int64_t v)
{
    int32_t bits = 0;
    for (; v > 0; v /= 2) bits++;
    return bits;
}

/* Whether no step of gradients within a bound can leave 64 bits. */
static int fits(int64_t bound, const rate *r)
{
    const int32_t bits = bits_of(bound);
    if (r->numerator == 1 && r->denominator == 1) return bits - r->exponent <= 62 && r->exponent <= 47;
    return bits + bits_of(r->numerator) <= 62 && bits + 1 - r->exponent + bits_of(r->denominator) <= 62
        && bits_of(r->numerator) + r->exponent + 16 <= 63;
}

#if !RANDOMIZER_16
/* floor(x y / 2^64). */
static uint64_t high_product(uint64_t x, uint64_t y)
{
    const uint64_t low_high = (x & UINT32_MAX) * (y >> 32), high_low = (x >> 32) * (y & UINT32_MAX);
    const uint64_t middle = ((x & UINT32_MAX) * (y & UINT32_MAX) >> 32) + (low_high & UINT32_MAX) + (high_low & UINT32_MAX);
    return (x >> 32) * (y >> 32) + (low_high >> 32) + (high_low >> 32) + (middle >> 32);
}
#endif

/* v 2^left, or the greatest number. */
static int64_t times_power(int64_t v, int32_t left)
{
    return v > INT64_MAX >> left ? INT64_MAX : v * (INT64_C(1) << left);
}

/* magnitude / 2^dropped, rounded at random in proportion to what is dropped. */
static int64_t drop(int64_t magnitude, int32_t dropped, uint64_t random)
{
    uint64_t mask;
    if (dropped <= 0) return times_power(magnitude, -dropped);
    mask = (UINT64_C(1) << dropped) - 1;
    return (magnitude >> dropped) + (((uint64_t)magnitude & mask) > (random & mask) ? 1 : 0);
}

/* magnitude numerator 2^-shift / denominator, as quotient and rest; a quotient beyond 2^40 counts as that. */
static int64_t divided(int64_t magnitude, int32_t shift, const rate *r, int64_t *rest, int64_t *divisor)
{
    const int64_t most = INT64_C(1) << 40;
    int64_t scaled = magnitude * r->numerator, quotient;
    int32_t left = shift < 0 ? -shift : 0;
    *divisor = shift > 0 ? r->denominator * (INT64_C(1) << shift) : r->denominator;
    if (scaled <= INT64_MAX >> left) {
        scaled *= INT64_C(1) << left;
        left = 0;
    }
    quotient = scaled / *divisor;
    *rest = scaled % *divisor;
    for (; left > 0; left--) {
        const int64_t twice = 2 * *rest, one = twice >= *divisor ? 1 : 0;
        quotient = 2 * (quotient < most ? quotient : most) + one;
        if (quotient > most) quotient = most;
        *rest = twice - one * *divisor;
    }
    return quotient;
}

/* The update of a weight by eta g / 2^round(log2 most), of the bits dropped by both: Q_G. */
static int32_t update_of(int64_t g, int32_t dropped, const rate *r, random_bits *random, uint32_t index)
{
    const int64_t magnitude = g < 0 ? -g : g;
    const int is_power = r->numerator == 1 && r->denominator == 1;
    int64_t step, rest, divisor;
    if (magnitude == 0) return 0;
#if RANDOMIZER_16
    if (is_power) {
        step = dropped > 15 ? ROUND_GRADIENT(magnitude, dropped - 15) : times_power(magnitude, 15 - dropped);
    } else {
        step = divided(magnitude, dropped - 15, r, &rest, &divisor);
        if (2 * rest > divisor || (2 * rest == divisor && (TIES_AWAY || step % 2 != 0))) step++;
    }
    step = drop(step, 15, draw(random, index, 0));
#else
    if (is_power) {
        step = drop(magnitude, dropped, dropped > 0 ? draw(random, index, dropped > 32) : 0);
    } else {
        step = divided(magnitude, dropped, r, &rest, &divisor);
        if ((uint64_t)rest > high_product((uint64_t)divisor, draw(random, index, 1))) step++;
    }
#endif
    if (step > INT16_MAX) step = INT16_MAX;
    return (int32_t)(g < 0 ? -step : step);
}

/* The greatest gradient of a layer. */
static int64_t greatest_gradient(const layer *l, const training_weight *stored, const uint8_t *images, int32_t n)
{
    int64_t most = 0;
    int32_t f, k;
    for (f = 0; f < l->filters; f++) {
        gradients(l, stored, images, n, f);
        for (k = 0; k < l->fan_in; k++) {
            const int64_t v = sums[k];
            if (v > most) most = v;
            else if (-v > most) most = -v;
        }
    }
    return most;
}

/* The new weights of a layer: the gradients are made a second time, and none is kept. */
static void learn(const layer *l, training_state *state, const rate *r, const uint8_t *images, int32_t n, int64_t most)
{
    const int32_t dropped = most == 0 ? 0 : nearest_log2(most) - r->exponent;
    random_bits random;
    int32_t f, k;
    random.seed = state->seed;
    random.step = state->step;
    random.stream = l->stream;
    random.block = UINT32_MAX;
    for (f = 0; f < l->filters; f++) {
        gradients(l, state->weights, images, n, f);
        for (k = 0; k < l->fan_in; k++) {
            const int32_t index = f * l->fan_in + k, update = update_of(sums[k], dropped, r, &random, (uint32_t)index);
            training_weight *const w = &state->weights[l->weights + index];
            *w = (training_weight)(l->clip_first ? clamp_32(clamp_32(*w, -l->stored_clip, l->stored_clip) - update, -l->storage, l->storage)
                : clamp_32(*w - update, -l->stored_clip, l->stored_clip));
        }
    }
}

void training_begin(training_state *state)
{
    int32_t i;
    state->seed = INITIAL_SEED;
    state->step = INITIAL_STEP;
    state->eta_numerator = INITIAL_ETA_NUMERATOR;
    state->eta_denominator = INITIAL_ETA_DENOMINATOR;
    for (i = 0; i < TRAINING_WEIGHTS; i++) state->weights[i] = initial_weights[i];
}

int32_t training_step(training_state *state, const uint8_t *images, const uint8_t *labels, int32_t n)
{
    rate r;
    int32_t k, right;
    if (n < 1 || n > TRAINING_BATCH || state->eta_numerator < 1 || state->eta_denominator < 1) return -1;
    r = rate_of(state);
    for (k = FIRST; k < LAYERS; k++)
        if (!fits(layers[k].gradient_bound, &r)) return -1;
    for (k = 0; k < LAYERS; k++) forward(&layers[k], state->weights, images, n);
    right = loss(labels, n);
    output_errors(&layers[LAYERS - 1], n);
    for (k = LAYERS - 1; k >= FIRST; k--) {
        const layer *const l = &layers[k];
        const int64_t most = l->learns ? greatest_gradient(l, state->weights, images, n) : 0;
        if (k > FIRST) backward(l, l - 1, state->weights, n);
        if (l->learns) learn(l, state, &r, images, n, most);
    }
    state->step++;
    return right;
}

void training_run(const training_state *state, const uint8_t *pixels, model_score *to)
{
    int32_t k;
    for (k = 0; k < LAYERS; k++) forward(&layers[k], state->weights, pixels, 1);
    for (k = 0; k < MODEL_CLASSES; k++) to[k] = (model_score)scores[k];
}

/* SHA-256 (FIPS 180-4). */
typedef struct {
    uint32_t state[8];
    uint8_t block[64];
    uint64_t length;
} sha;

static uint32_t rotated(uint32_t v, int32_t bits)
{
    return v >> bits | v << (32 - bits);
}

static void sha_block(sha *s)
{
    static const uint32_t constants[64] = {
        0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5, 0xD807AA98, 0x12835B01, 0x243185BE,
        0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174, 0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA,
        0x5CB0A9DC, 0x76F988DA, 0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967, 0x27B70A85,
        0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85, 0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3,
        0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070, 0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F,
        0x682E6FF3, 0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
    };
    uint32_t w[64], v[8];
    int32_t i;
    for (i = 0; i < 16; i++) {
        const uint8_t *const b = &s->block[4 * i];
        w[i] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    }
    for (; i < 64; i++) {
        const uint32_t a = rotated(w[i - 15], 7) ^ rotated(w[i - 15], 18) ^ w[i - 15] >> 3;
        w[i] = w[i - 16] + a + w[i - 7] + (rotated(w[i - 2], 17) ^ rotated(w[i - 2], 19) ^ w[i - 2] >> 10);
    }
    for (i = 0; i < 8; i++) v[i] = s->state[i];
    for (i = 0; i < 64; i++) {
        const uint32_t e = rotated(v[4], 6) ^ rotated(v[4], 11) ^ rotated(v[4], 25);
        const uint32_t a = v[7] + e + ((v[4] & v[5]) ^ (~v[4] & v[6])) + constants[i] + w[i];
        const uint32_t b = (rotated(v[0], 2) ^ rotated(v[0], 13) ^ rotated(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        v[7] = v[6];
        v[6] = v[5];
        v[5] = v[4];
        v[4] = v[3] + a;
        v[3] = v[2];
        v[2] = v[1];
        v[1] = v[0];
        v[0] = a + b;
    }
    for (i = 0; i < 8; i++) s->state[i] += v[i];
}

static void sha_byte(sha *s, uint8_t byte)
{
    s->block[s->length++ % 64] = byte;
    if (s->length % 64 == 0) sha_block(s);
}

void training_sha256(const training_state *state, uint8_t *digest)
{
    static const uint32_t start[8] = {
        0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
    };
    sha s;
    uint64_t bits;
    int32_t i, k;
    for (i = 0; i < 8; i++) s.state[i] = start[i];
    s.length = 0;
    for (k = 0; k < LAYERS; k++) {
        const layer *const l = &layers[k];
        const char *name = l->tensor;
        while (*name != '\0') sha_byte(&s, (uint8_t)*name++);
        for (i = 0; i < l->filters * l->fan_in; i++) {
            const int32_t w = state->weights[l->weights + i];
            sha_byte(&s, (uint8_t)((uint32_t)w & 255u));
            if (l->stored_bytes > 1) sha_byte(&s, (uint8_t)((uint32_t)w >> 8 & 255u));
        }
    }
    bits = s.length * 8;
    sha_byte(&s, 128);
    while (s.length % 64 != 56) sha_byte(&s, 0);
    for (i = 56; i >= 0; i -= 8) sha_byte(&s, (uint8_t)(bits >> i & 255u));
    for (i = 0; i < 32; i++) digest[i] = (uint8_t)(s.state[i / 4] >> (24 - i % 4 * 8) & 255u);
}
