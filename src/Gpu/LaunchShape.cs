using ILGPU;

namespace Wage.Gpu;

/// <summary>How much runs side by side on a device.</summary>
/// <param name="Groups">Groups that keep it busy.</param>
/// <param name="GroupSize">Threads of a group, for one element at a time.</param>
/// <param name="ProductSide">A product's group has the square of it, 1 to 16; 1 where threads of a group are not cheap (a processor).</param>
internal sealed record LaunchShape(int Groups, int GroupSize, int ProductSide)
{
    /// <summary>For a processor: a thread for each core, and no group of more than one.</summary>
    public static LaunchShape Processor(int cores) => new(cores, 1, 1);

    /// <summary>For a card.</summary>
    public static LaunchShape Card(int multiprocessors) => new(multiprocessors * 8, 256, 16);

    /// <summary>For this many elements.</summary>
    public KernelConfig Over(int elements) => new(Math.Min(Groups, (int)(((long)elements + GroupSize - 1) / GroupSize)), GroupSize);

    /// <summary>For this many tiles and slices of a product: every one a group of its own on a card.</summary>
    public KernelConfig Products(int items) => new(ProductSide == 1 ? Math.Min(Groups, items) : items, ProductSide * ProductSide);
}
