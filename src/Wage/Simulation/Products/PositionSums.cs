namespace Wage.Simulation.Products;

/// <summary>The sums of a matrix's columns: lanes and threads share out the columns, a sum is of one lane.</summary>
internal static unsafe class PositionSums
{
    /// <summary>Columns that one thread does at a time.</summary>
    private const int Part = 64;

    /// <summary>sums [columns] of e [rows,columns], rows in blocks of <see cref="FloatSum"/>.</summary>
    public static void Run(FloatEngine engine, float* e, int rows, int columns, float* sums)
    {
        var state = (engine.Lanes, E: (nint)e, rows, columns, Sums: (nint)sums);
        engine.Run((columns + Part - 1) / Part, state, static (in s, item, _) =>
        {
            var (column, end) = (item * Part, Math.Min((item + 1) * Part, s.columns));
            if (s.Lanes >= 16) column = Columns<SixteenFloats>((float*)s.E, s.rows, s.columns, column, end, (float*)s.Sums);
            if (s.Lanes >= 8) column = Columns<EightFloats>((float*)s.E, s.rows, s.columns, column, end, (float*)s.Sums);
            if (s.Lanes >= 4) column = Columns<FourFloats>((float*)s.E, s.rows, s.columns, column, end, (float*)s.Sums);
            Columns<OneFloat>((float*)s.E, s.rows, s.columns, column, end, (float*)s.Sums);
        });
    }

    /// <summary>As many columns as fill whole vectors; the next one.</summary>
    private static int Columns<T>(float* e, int rows, int columns, int column, int end, float* sums)
        where T : struct, IFloatLanes<T>
    {
        for (; column + (4 * T.Count) <= end; column += 4 * T.Count) Four<T>(e + column, rows, columns, sums + column);
        for (; column + T.Count <= end; column += T.Count) One<T>(e + column, rows, columns, sums + column);
        return column;
    }

    private static void Four<T>(float* e, int rows, int columns, float* sums)
        where T : struct, IFloatLanes<T>
    {
        T e0 = T.Of(0), e1 = e0, e2 = e0, e3 = e0;
        for (var first = 0; first < rows; first += FloatTile.BlockTerms)
        {
            T s0 = T.Of(0), s1 = s0, s2 = s0, s3 = s0;
            for (var row = Math.Min(FloatTile.BlockTerms, rows - first); row > 0; row--, e += columns)
            {
                s0 += T.Load(e);
                s1 += T.Load(e + T.Count);
                s2 += T.Load(e + (2 * T.Count));
                s3 += T.Load(e + (3 * T.Count));
            }

            (e0, e1, e2, e3) = (e0 + s0, e1 + s1, e2 + s2, e3 + s3);
        }

        e0.Store(sums);
        e1.Store(sums + T.Count);
        e2.Store(sums + (2 * T.Count));
        e3.Store(sums + (3 * T.Count));
    }

    private static void One<T>(float* e, int rows, int columns, float* sums)
        where T : struct, IFloatLanes<T>
    {
        var element = T.Of(0);
        for (var first = 0; first < rows; first += FloatTile.BlockTerms)
        {
            var sum = T.Of(0);
            for (var row = Math.Min(FloatTile.BlockTerms, rows - first); row > 0; row--, e += columns) sum += T.Load(e);
            element += sum;
        }

        element.Store(sums);
    }
}
