// The int8 peer of VGG7's inference: oneDNN 2.6 (Debian 12: libdnnl-dev), u8 activations, s8 weights, s32 sums, ReLU and rescaling fused.
//   g++ -O2 -std=c++17 onednn_vgg7.cpp -ldnnl -o onednn_vgg7
//   OMP_NUM_THREADS=2 ./onednn_vgg7 [batch 128] [runs 7] [seconds 2]
// Network: 2x128C3-MP2-2x256C3-MP2-2x512C3-MP2-1024FC-10, SAME padding, 32x32x3 images in NHWC as bytes; random weights, reordered once.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <type_traits>
#include <unordered_map>
#include <vector>
#include <dnnl.hpp>

using namespace dnnl;
using dims = memory::dims;
using type = memory::data_type;
using tag = memory::format_tag;

struct Call { primitive op; std::unordered_map<int, memory> args; };

struct Net
{
    engine cpu{engine::kind::cpu, 0};
    stream queue{cpu};
    std::vector<Call> calls;
    std::mt19937 random{1};
    memory current;

    // Weights uniform in [-127, 127] (dense or convolution, plain layout), brought once to the layout that the primitive asks for.
    memory weights(const dims& shape, tag plain, const memory::desc& wanted)
    {
        memory from{{shape, type::s8, plain}, cpu}, to{wanted, cpu};
        auto* w = static_cast<int8_t*>(from.get_data_handle());
        size_t count = 1;
        for (auto d : shape) count *= d;
        std::uniform_int_distribution<int> draw{-127, 127};
        for (size_t i = 0; i < count; i++) w[i] = static_cast<int8_t>(draw(random));
        reorder(from, to).execute(queue, from, to);
        queue.wait();
        return to;
    }

    // A reorder of the activations, timed, where the next primitive wants another layout.
    void bring(const memory::desc& wanted)
    {
        if (current.get_desc() == wanted) return;
        memory to{wanted, cpu};
        calls.push_back({reorder(current, to), {{DNNL_ARG_FROM, current}, {DNNL_ARG_TO, to}}});
        current = to;
    }

    // sum -> u8 by ReLU and a scale of about 1 / sqrt(terms) / 127; the last layer keeps its sums.
    static primitive_attr stage(memory::dim terms, bool last)
    {
        primitive_attr attr;
        if (last) return attr;
        attr.set_output_scales(0, {2.0f / 127 / std::sqrt(static_cast<float>(terms))});
        post_ops ops;
        ops.append_eltwise(1.0f, algorithm::eltwise_relu, 0, 0);
        attr.set_post_ops(ops);
        return attr;
    }

    template <class Descriptor> void product(const Descriptor& pd, const char* name, const dims& w, tag plain)
    {
        bring(pd.src_desc());
        memory out{pd.dst_desc(), cpu};
        typename std::conditional<std::is_same<Descriptor, convolution_forward::primitive_desc>::value,
            convolution_forward, inner_product_forward>::type op{pd};
        calls.push_back({op, {{DNNL_ARG_SRC, current}, {DNNL_ARG_WEIGHTS, weights(w, plain, pd.weights_desc())}, {DNNL_ARG_DST, out}}});
        std::fprintf(stderr, "%-8s %s\n", name, pd.impl_info_str());
        current = out;
    }

    void conv(const char* name, memory::dim filters)
    {
        auto in = current.get_desc().dims();
        dims w{filters, in[1], 3, 3}, out{in[0], filters, in[2], in[3]};
        convolution_forward::desc d{prop_kind::forward_inference, algorithm::convolution_direct, {in, type::u8, tag::any},
            {w, type::s8, tag::any}, {out, type::u8, tag::any}, {1, 1}, {1, 1}, {1, 1}};
        product(convolution_forward::primitive_desc{d, stage(in[1] * 9, false), cpu}, name, w, tag::oihw);
    }

    void dense(const char* name, memory::dim units, bool last)
    {
        auto in = current.get_desc().dims();
        dims w{units, in[1]};
        tag plain = tag::ab;
        if (in.size() == 4) { w = {units, in[1], in[2], in[3]}; plain = tag::abcd; }
        inner_product_forward::desc d{prop_kind::forward_inference, {in, type::u8, tag::any}, {w, type::s8, tag::any},
            {{in[0], units}, last ? type::s32 : type::u8, tag::any}};
        product(inner_product_forward::primitive_desc{d, stage(in.size() == 4 ? in[1] * in[2] * in[3] : in[1], last), cpu}, name, w, plain);
    }

    void pool()
    {
        auto in = current.get_desc().dims();
        pooling_forward::desc d{prop_kind::forward_inference, algorithm::pooling_max, current.get_desc(),
            {{in[0], in[1], in[2] / 2, in[3] / 2}, type::u8, tag::any}, {2, 2}, {2, 2}, {0, 0}, {0, 0}};
        pooling_forward::primitive_desc pd{d, cpu};
        memory out{pd.dst_desc(), cpu};
        calls.push_back({pooling_forward{pd}, {{DNNL_ARG_SRC, current}, {DNNL_ARG_DST, out}}});
        current = out;
    }

    void run()
    {
        for (auto& call : calls) call.op.execute(queue, call.args);
        queue.wait();
    }
};

int main(int argc, char** argv)
{
    const long batch = argc > 1 ? std::atol(argv[1]) : 128;
    const int runs = argc > 2 ? std::atoi(argv[2]) : 7;
    const double seconds = argc > 3 ? std::atof(argv[3]) : 2;
    Net net;
    net.current = memory{{{batch, 3, 32, 32}, type::u8, tag::nhwc}, net.cpu};
    auto* pixels = static_cast<uint8_t*>(net.current.get_data_handle());
    for (long i = 0; i < batch * 3 * 32 * 32; i++) pixels[i] = static_cast<uint8_t>(net.random());
    const char* names[] = {"conv1", "conv2", "conv3", "conv4", "conv5", "conv6"};
    for (int layer = 0; layer < 6; layer++)
    {
        net.conv(names[layer], 128 << (layer / 2));
        if (layer % 2 == 1) net.pool();
    }
    net.dense("dense1", 1024, false);
    net.dense("dense2", 10, true);

    using clock = std::chrono::steady_clock;
    auto since = [](clock::time_point from) { return std::chrono::duration<double>(clock::now() - from).count(); };
    for (auto start = clock::now(); since(start) < seconds;) net.run();
    std::vector<double> rates;
    for (int run = 0; run < runs; run++)
    {
        long steps = 0;
        auto start = clock::now();
        do { net.run(); steps++; } while (since(start) < seconds);
        rates.push_back(batch * steps / since(start));
    }
    std::sort(rates.begin(), rates.end());
    std::printf("oneDNN %d.%d.%d int8 vgg7 inference, batch %ld: median %.1f images/s (min %.1f, max %.1f, %d runs); first score %d\n",
        version()->major, version()->minor, version()->patch, batch, rates[rates.size() / 2], rates.front(), rates.back(), runs,
        static_cast<int32_t*>(net.current.get_data_handle())[0]);
}
