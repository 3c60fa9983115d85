using System.Globalization;

namespace Wage.Data;

/// <summary>Some of a number of images: so many, or so many of a hundred.</summary>
/// <param name="Amount">Images, or percent from 0 to 99.</param>
/// <param name="IsPercent">Which of both.</param>
public readonly record struct Portion(int Amount, bool IsPercent = false)
{
    private const int MostImages = 16_777_216;

    /// <summary>Nothing.</summary>
    public static Portion None => default;

    /// <summary>Reads "5000", "10 %" or "10%".</summary>
    /// <returns>False when the text is neither, or beyond 16777216 images or 99 %.</returns>
    public static bool TryParse(string text, out Portion portion)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (number, isPercent) = text.Trim() is [.. var before, '%'] ? (before.TrimEnd(), true) : (text.Trim(), false);
        var isRight = int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var amount)
            && amount <= (isPercent ? 99 : MostImages);
        portion = isRight ? new Portion(amount, isPercent && amount > 0) : default;
        return isRight;
    }

    /// <summary>The images: floor(count * percent / 100), at least 1 unless this is <see cref="None"/>.</summary>
    public int Of(int count) => !IsPercent ? Amount : (int)Math.Max(1, (long)count * Amount / 100);

    /// <summary>"5000" or "10 %".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Amount}{(IsPercent ? " %" : "")}");
}
