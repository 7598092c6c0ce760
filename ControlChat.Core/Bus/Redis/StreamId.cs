using System.Globalization;

namespace ControlChat.Core.Bus.Redis;

/// <summary>The id of an entry as Redis gives it: <c>1700000000000-0</c>, milliseconds and a number.</summary>
internal readonly record struct StreamId(ulong Milliseconds, ulong Number) : IComparable<StreamId>
{
    /// <exception cref="BusGapException">It is no id: a cursor of another bus finds nothing here.</exception>
    public static StreamId Parse(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var left = dash < 0 ? text : text[..dash];
        return ulong.TryParse(left, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && ulong.TryParse(dash < 0 ? "0" : text[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new StreamId(milliseconds, number)
            : throw new BusGapException($"'{text}' is no cursor of this bus.");
    }

    public int CompareTo(StreamId other) =>
        Milliseconds != other.Milliseconds ? Milliseconds.CompareTo(other.Milliseconds) : Number.CompareTo(other.Number);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Milliseconds}-{Number}");
}
