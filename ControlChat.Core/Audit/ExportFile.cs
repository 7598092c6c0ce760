using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>The lines of a JSONL export, read without trusting any.</summary>
internal static class ExportFile
{
    public const string Format = "controlchat-audit/1";
    private const string Prev = ",\"prev_hash\":\"", Body = "\",\"body_hash\":\"", Own = "\",\"hash\":\"", Start = "{\"seq\":", First = ",\"action_id\":";
    private const int Tail = 14 + 64 + 15 + 64 + 10 + 64 + 2;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Null when the line is not a JSON object, or names a field twice.</summary>
    public static JsonObject? Parse(string line)
    {
        try
        {
            return JsonNode.Parse(line, documentOptions: Strict) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A row exactly as we write it: its hashed body stands in the middle, and need not be parsed.</summary>
    public static StoredRow? FastRow(string line)
    {
        if (line.Length < Tail + 40 || !line.StartsWith(Start, StringComparison.Ordinal)) return null;
        var comma = line.IndexOf(',', StringComparison.Ordinal);
        var tail = line.Length - Tail;
        if (string.CompareOrdinal(line, comma, First, 0, First.Length) != 0 || string.CompareOrdinal(line, tail, Prev, 0, Prev.Length) != 0) return null;
        if (string.CompareOrdinal(line, tail + 78, Body, 0, Body.Length) != 0 || string.CompareOrdinal(line, tail + 157, Own, 0, Own.Length) != 0) return null;
        if (!line.EndsWith("\"}", StringComparison.Ordinal) || !long.TryParse(line.AsSpan(Start.Length, comma - Start.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var seq)) return null;
        return new()
        {
            Seq = seq,
            Body = string.Concat("{", line.AsSpan(comma + 1, tail - comma - 1), "}"),
            PrevHash = line.Substring(tail + 14, 64),
            BodyHash = line.Substring(tail + 93, 64),
            Hash = line.Substring(tail + 167, 64),
        };
    }

    /// <summary>A row in any other spelling of the same JSON; null when it is none.</summary>
    public static StoredRow? SlowRow(JsonObject line)
    {
        try
        {
            var row = new StoredRow { Seq = line["seq"]!.GetValue<long>(), PrevHash = Text(line, "prev_hash"), BodyHash = Text(line, "body_hash"), Hash = Text(line, "hash") };
            foreach (var name in new[] { "seq", "prev_hash", "body_hash", "hash" }) line.Remove(name);
            return row with { Body = CanonicalJson.Write(line) };
        }
        catch (Exception e) when (e is NullReferenceException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static string Text(JsonObject line, string name) => line[name]!.GetValue<string>();
}
