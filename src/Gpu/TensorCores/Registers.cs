namespace Wage.Gpu.TensorCores;

/// <summary>Four registers of a lane: a fragment of A (16 x 32), of C (16 x 8), or of two columns blocks of B (32 x 16).</summary>
internal struct Quad
{
    public int X;
    public int Y;
    public int Z;
    public int W;
}

/// <summary>A lane's accumulators of 16 rows by 64 columns: eight fragments of C next to each other.</summary>
internal struct Strip
{
    public Quad C0;
    public Quad C1;
    public Quad C2;
    public Quad C3;
    public Quad C4;
    public Quad C5;
    public Quad C6;
    public Quad C7;
}

/// <summary>A lane's accumulators of its warp's 64 rows by 64 columns: four strips below each other.</summary>
internal struct Tile
{
    public Strip S0;
    public Strip S1;
    public Strip S2;
    public Strip S3;
}

/// <summary>B for one step of a warp: 32 deep, 64 columns; each half of a quad is a block of eight columns.</summary>
internal struct Columns
{
    public Quad B0;
    public Quad B1;
    public Quad B2;
    public Quad B3;
}
