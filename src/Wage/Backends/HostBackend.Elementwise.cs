using System.Numerics;
using System.Runtime.Intrinsics;
using Wage.Backends.Host;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>Operations on one element at a time.</content>
public sealed unsafe partial class HostBackend
{
    /// <inheritdoc/>
    public void AddErrors(Tensor x, Tensor? exponentX, int offsetX, Tensor y, Tensor? exponentY, int offsetY, int guard, Tensor z, Tensor exponentZ)
    {
        Require(x, z.Length);
        Require(y, z.Length);
        var alignment = new ErrorAlignment(Exponent(exponentX) + offsetX, Exponent(exponentY) + offsetY, guard);
        Combine(x, y, z, alignment, static (in alignment, left, right, n) =>
        {
            for (var i = 0; i < n; i++) left[i] = alignment.Add(left[i], right[i]);
        });
        Host(exponentZ)[0] = alignment.Exponent;
    }

    private delegate void BlockAction<TState>(in TState state, long* left, long* right, int n);

    /// <summary>z = action(x, y), which leaves its result in place of x, in blocks of int64.</summary>
    private void Combine<TState>(Tensor x, Tensor y, Tensor z, TState state, BlockAction<TState> action) =>
        Ranges(z.Length, (x, y, z, state, action), static (in s, start, count) =>
    {
        long* left = stackalloc long[Elements.Block], right = stackalloc long[Elements.Block];
        for (var i = 0; i < count; i += Elements.Block)
        {
            var n = Math.Min(Elements.Block, count - i);
            Elements.Read(s.x, start + i, n, left);
            Elements.Read(s.y, start + i, n, right);
            s.action(in s.state, left, right, n);
            Elements.Write(left, s.z, start + i, n);
        }
    });
}
