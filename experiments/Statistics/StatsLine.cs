using System.Buffers;
using System.Text;
using System.Text.Json;
using Wage.Observation;

namespace Wage.Experiments.Statistics;

/// <summary>A line of stats.jsonl, as docs/statistics.md states it.</summary>
internal static class StatsLine
{
    /// <summary>One line of JSON.</summary>
    public static string ToJson(long step, int epoch, TensorStatistics s)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("step", step);
            json.WriteNumber("epoch", epoch);
            json.WriteString("layer", s.Layer);
            json.WriteNumber("index", s.Index);
            json.WriteString("tensor", s.Tensor.ToString());
            json.WriteString("stage", s.IsAfter ? "after" : "before");
            json.WriteString("type", s.Type.ToString().ToLowerInvariant());
            json.WriteNumber("bits", s.Bits);
            json.WriteNumber("fractionBits", s.FractionBits);
            json.WriteNumber("exponent", s.Exponent);
            json.WriteNumber("count", s.Count);
            json.WriteNumber("zeros", s.Zeros);
            json.WriteNumber("min", s.Least);
            json.WriteNumber("max", s.Greatest);
            Write(json, "limit", s.Limit);
            Write(json, "saturated", s.Saturated);
            if (s.IsAfter) Write(json, "shift", s.Shift);
            if (s.Beyond is { } beyond)
            {
                json.WriteNumber("beyond", beyond);
                Write(json, "underflowed", s.Underflowed);
            }

            if (s.Cut is { } cut) json.WriteNumber("cut", cut);
            if (s.Drift is { } drift) json.WriteNumber("drift", drift);
            if (s.ErrorDrift is { } errorDrift) json.WriteNumber("errorDrift", errorDrift);
            if (s.Tensor == QuantizedTensor.W)
            {
                Write(json, "moved", s.Moved);
                Write(json, "signFlips", s.SignFlips);
            }

            if (s.Codes is { } codes) ObservedCodes.Write(json, codes);
            if (s.Channels is { } channels) ObservedChannels.Write(json, channels);
            WriteHistogram(json, s);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>From the first bin that is not empty to the last.</summary>
    private static void WriteHistogram(Utf8JsonWriter json, TensorStatistics s)
    {
        var (first, last) = (0, s.Counts.Count - 1);
        while (s.Counts[first] == 0) first++;
        while (s.Counts[last] == 0) last--;
        json.WriteNumber("precision", s.Bins.Precision);
        json.WriteNumber("first", first - s.Bins.Most);
        json.WriteStartArray("counts");
        for (var i = first; i <= last; i++) json.WriteNumberValue(s.Counts[i]);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } known) json.WriteNumber(name, known);
        else json.WriteNull(name);
    }
}
