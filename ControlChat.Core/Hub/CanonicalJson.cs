using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlChat.Core.Hub;

/// <summary>The JSON Canonicalization Scheme, RFC 8785: sorted keys (UTF-16 order), shortest numbers, minimal escapes, no white space.</summary>
public static class CanonicalJson
{
    /// <summary>Canonical text of a node.</summary>
    /// <exception cref="FormatException">A number is not finite, or a string holds a lone surrogate: such JSON has no canonical form.</exception>
    public static string Write(JsonNode? node)
    {
        var text = new StringBuilder(256);
        Append(text, node);
        return text.ToString();
    }

    /// <summary>Lower-case hex SHA-256 of the UTF-8 bytes of <see cref="Write"/>.</summary>
    public static string Hash(JsonNode? node) => Hash(Write(node));

    /// <summary>Lower-case hex SHA-256 of a text's UTF-8 bytes.</summary>
    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static void Append(StringBuilder text, JsonNode? node)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject o:
                AppendObject(text, o);
                break;
            case JsonArray a:
                AppendArray(text, a);
                break;
            default:
                AppendValue(text, node.AsValue());
                break;
        }
    }

    private static void AppendObject(StringBuilder text, JsonObject value)
    {
        text.Append('{');
        var first = true;
        // String.CompareOrdinal compares UTF-16 code units, which is the order of RFC 8785, section 3.2.3.
        foreach (var (name, item) in value.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            if (!first) text.Append(',');
            first = false;
            AppendString(text, name);
            text.Append(':');
            Append(text, item);
        }
        text.Append('}');
    }

    private static void AppendArray(StringBuilder text, JsonArray value)
    {
        text.Append('[');
        for (var i = 0; i < value.Count; i++)
        {
            if (i > 0) text.Append(',');
            Append(text, value[i]);
        }
        text.Append(']');
    }

    private static void AppendValue(StringBuilder text, JsonValue value)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.True:
                text.Append("true");
                break;
            case JsonValueKind.False:
                text.Append("false");
                break;
            case JsonValueKind.String:
                AppendString(text, StringOf(value));
                break;
            case JsonValueKind.Number:
                AppendNumber(text, double.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture));
                break;
            default:
                text.Append("null");
                break;
        }
    }

    private static string StringOf(JsonValue value)
    {
        if (value.TryGetValue(out string? text)) return text;
        try
        {
            return JsonSerializer.Deserialize<string>(value.ToJsonString())!;
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException("A string holds a lone surrogate.", e);
        }
    }

    // ECMAScript Number::toString, as RFC 8785 section 3.2.2.3 asks: shortest round-trip digits, exponent outside 1e-7..1e21.
    private static void AppendNumber(StringBuilder text, double value)
    {
        if (!double.IsFinite(value)) throw new FormatException("A number is not finite.");
        if (value == 0)
        {
            text.Append('0');
            return;
        }
        var scientific = value.ToString("E16", CultureInfo.InvariantCulture);
        var shortest = value.ToString("R", CultureInfo.InvariantCulture);
        if (value < 0) text.Append('-');
        var digits = Digits(shortest);
        var point = int.Parse(scientific.AsSpan(scientific.IndexOf('E', StringComparison.Ordinal) + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) + 1;
        AppendDigits(text, digits, ExponentOf(shortest, digits) ?? point);
    }

    private static string Digits(string shortest)
    {
        var mantissa = shortest.Split('E')[0].TrimStart('-').Replace(".", "", StringComparison.Ordinal).TrimStart('0').TrimEnd('0');
        return mantissa.Length == 0 ? "0" : mantissa;
    }

    // Where the decimal point stands after the first digit's position, read from the shortest form itself: E16 may have rounded up.
    private static int? ExponentOf(string shortest, string digits)
    {
        var parts = shortest.TrimStart('-').Split('E');
        var exponent = parts.Length > 1 ? int.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0;
        var whole = parts[0].Split('.');
        var leading = whole[0].TrimStart('0');
        if (leading.Length > 0) return leading.Length + exponent;
        if (whole.Length < 2) return null;
        var zeros = whole[1].Length - whole[1].TrimStart('0').Length;
        return digits == "0" ? null : exponent - zeros;
    }

    private static void AppendDigits(StringBuilder text, string digits, int point)
    {
        var count = digits.Length;
        if (count <= point && point <= 21) text.Append(digits).Append('0', point - count);
        else if (point is > 0 and <= 21) text.Append(digits, 0, point).Append('.').Append(digits, point, count - point);
        else if (point is > -6 and <= 0) text.Append("0.").Append('0', -point).Append(digits);
        else
        {
            var exponent = point - 1;
            text.Append(digits[0]);
            if (count > 1) text.Append('.').Append(digits, 1, count - 1);
            text.Append('e').Append(exponent > 0 ? '+' : '-').Append(Math.Abs(exponent).ToString(CultureInfo.InvariantCulture));
        }
    }

    private static void AppendString(StringBuilder text, string value)
    {
        text.Append('"');
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (char.IsSurrogate(c))
            {
                if (!char.IsHighSurrogate(c) || i + 1 >= value.Length || !char.IsLowSurrogate(value[i + 1]))
                    throw new FormatException("A string holds a lone surrogate.");
                text.Append(c).Append(value[++i]);
            }
            else
            {
                AppendChar(text, c);
            }
        }
        text.Append('"');
    }

    private static void AppendChar(StringBuilder text, char c)
    {
        switch (c)
        {
            case '"': text.Append("\\\""); break;
            case '\\': text.Append("\\\\"); break;
            case '\b': text.Append("\\b"); break;
            case '\t': text.Append("\\t"); break;
            case '\n': text.Append("\\n"); break;
            case '\f': text.Append("\\f"); break;
            case '\r': text.Append("\\r"); break;
            case < ' ': text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)); break;
            default: text.Append(c); break;
        }
    }
}
