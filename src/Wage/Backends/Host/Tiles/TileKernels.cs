namespace Wage.Backends.Host;

/// <summary>The kernels of an instruction set.</summary>
/// <param name="Words">Int16 by int16, in pairs: what every product can be brought to.</param>
/// <param name="Bytes">Int8 by int8 over their whole range, in quads, where the instructions have that.</param>
/// <param name="Narrow">
/// Int8 by narrow int8 in quads, where that is faster than <paramref name="Words"/> and there is no <paramref name="Bytes"/>.
/// </param>
internal sealed record TileKernels(TileKernel Words, TileKernel? Bytes, TileKernel? Narrow)
{
    /// <summary>
    /// The errors of a gradient that are multiplied, none left out, in the time of one entry of a list of those that are not 0 (<see
    /// cref="SparseTile"/>); 0 where lists are never faster.
    /// </summary>
    public int ErrorsPerEntry { get; init; } = Bytes is null ? 1 : 0;

    /// <summary>The kernels of a set that this machine has.</summary>
    public static unsafe TileKernels Of(InstructionSet set) => set switch
    {
        InstructionSet.Avx2 => new(
            new TileKernel(6, 2, &Avx2Tile.Multiply<WordStep>),
            null,
            new TileKernel(6, 4, &Avx2NarrowTile.Multiply) { Bias = QuadPacking.Bias, MostWeight = Avx2NarrowTile.MostWeight }),
        InstructionSet.AvxVnni => new(
            new TileKernel(6, 2, &Avx2Tile.Multiply<VnniWordStep>),
            new TileKernel(6, 4, &Avx2Tile.Multiply<VnniByteStep>) { Bias = QuadPacking.Bias },
            null)
        { ErrorsPerEntry = 2 },
        InstructionSet.Avx512 => new(
            Avx512Words(),
            null,
            new TileKernel(8, 4, &Avx512NarrowTile.Multiply<One>, &Avx512NarrowTile.Multiply<Two>, &Avx512NarrowTile.Multiply<Three>)
            {
                Bias = QuadPacking.Bias,
                MostWeight = Avx2NarrowTile.MostWeight,
            }),
        InstructionSet.Vnni => new(
            new TileKernel(8, 2, &VnniTile.Words<One>, &VnniTile.Words<Two>, &VnniTile.Words<Three>)
            {
                Tall = new TileKernel(TileKernel.WholeRows, 2, &VnniTile.TallWords),
            },
            new TileKernel(8, 4, &VnniTile.Bytes<One>, &VnniTile.Bytes<Two>, &VnniTile.Bytes<Three>)
            {
                Bias = QuadPacking.Bias,
                Tall = new TileKernel(TileKernel.WholeRows, 4, &VnniTile.TallBytes) { Bias = QuadPacking.Bias },
            },
            null),
        InstructionSet.AdvSimd => new(
            new TileKernel(6, 2, &AdvSimdTile.Multiply<AdvSimdWordStep>),
            AdvSimdByteStep.IsSupported ? new TileKernel(6, 4, &AdvSimdTile.Multiply<AdvSimdByteStep>) : null,
            null),
        _ => new(new TileKernel(6, 2, &PortableTile.Multiply), PortableBytes(), null),
    };

    private static unsafe TileKernel Avx512Words() =>
        new(8, 2, &Avx512Tile.Multiply<One>, &Avx512Tile.Multiply<Two>, &Avx512Tile.Multiply<Three>);

    private static unsafe TileKernel PortableBytes() =>
        new(8, 4, &PortableByteTile.Multiply<One>, &PortableByteTile.Multiply<Two>, &PortableByteTile.Multiply<Three>) { Bias = QuadPacking.Bias };
}

/// <summary>A number of panels, known to the compiler: what a narrower tile leaves out costs nothing.</summary>
internal interface IPanels
{
    /// <summary>1, 2 or 3.</summary>
    static abstract int Count { get; }
}

/// <summary>One panel.</summary>
internal readonly struct One : IPanels
{
    public static int Count => 1;
}

/// <summary>Two panels.</summary>
internal readonly struct Two : IPanels
{
    public static int Count => 2;
}

/// <summary>Three panels.</summary>
internal readonly struct Three : IPanels
{
    public static int Count => 3;
}
