using Wage.Models;

namespace Wage.Layers;

/// <summary>
/// The shortcut without weights of He et al. 2016 (A): every stride-th position in both directions, and channels of zeros behind the others.
/// A scheme that has it builds it in its residual block.
/// </summary>
/// <param name="spec">What it is.</param>
public sealed class Subsample(SubsampleSpec spec) : SchemeLayer(spec);
