using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace ControlChat.Faults;

/// <summary>The record in a hub's database, read from outside: rows and chain, checked by code that shares nothing with the product's.</summary>
public sealed class StoredRecord(Func<DbConnection> open)
{
    /// <summary>Every row's body by rising seq.</summary>
    public IReadOnlyList<JsonObject> Bodies() => [.. Rows().Select(r => JsonNode.Parse(r.Body)!.AsObject())];

    /// <summary>How often a tool was applied to a workspace.</summary>
    public int Applied(string tool, string workspaceId) =>
        Bodies().Count(b => Text(b, "event") == "tool.applied" && Text(b, "tool") == tool && Text(b, "workspace_id") == workspaceId);

    /// <summary>Null when the chain holds, else what is wrong with its first bad row.</summary>
    public string? FirstFault()
    {
        var previous = new string('0', 64);
        long seq = 0;
        foreach (var row in Rows())
        {
            seq++;
            if (row.Seq != seq) return $"row {row.Seq} where {seq} belongs";
            if (Hash(row.Body) != row.BodyHash) return $"row {seq}: body changed";
            if (row.PrevHash != previous) return $"row {seq}: does not follow";
            if (Hash(string.Create(CultureInfo.InvariantCulture, $"{previous}\n{seq}\n{row.BodyHash}")) != row.Hash) return $"row {seq}: hash changed";
            previous = row.Hash;
        }
        return null;
    }

    private static string? Text(JsonObject body, string name) => body[name]?.GetValue<string>();

    private IEnumerable<Row> Rows()
    {
        using var connection = open();
        using var command = connection.CreateCommand();
        command.CommandText = "select seq, body, prev_hash, body_hash, hash from audit order by seq";
        using var reader = command.ExecuteReader();
        while (reader.Read()) yield return new Row(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4));
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private sealed record Row(long Seq, string Body, string PrevHash, string BodyHash, string Hash);
}
