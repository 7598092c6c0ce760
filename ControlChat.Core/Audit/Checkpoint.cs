using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>A signed word about the chain's head, kept outside the database (contracts, section 6).</summary>
public sealed record Checkpoint
{
    private Checkpoint(JsonObject json) => Json = json;

    /// <summary>As written, signature included; unknown fields are covered by signature and hash like the known.</summary>
    public JsonObject Json { get; }

    public string HubId => Json["hub_id"]!.GetValue<string>();

    /// <summary>1 for the first, then one more each.</summary>
    public long N => Json["n"]!.GetValue<long>();

    public DateTimeOffset At => Timestamps.Parse(Json["at"]!.GetValue<string>());

    public long LastSeq => Json["last_seq"]!.GetValue<long>();

    public string LastHash => Json["last_hash"]!.GetValue<string>();

    /// <summary>The hash of the checkpoint before, or 64 zeros.</summary>
    public string Prev => Json["prev"]!.GetValue<string>();

    public string KeyId => Json["key_id"]!.GetValue<string>();

    /// <summary>Of the canonical JSON, signature included.</summary>
    public string Hash => CanonicalJson.Hash(Json);

    public string Line => CanonicalJson.Write(Json);

    internal static Checkpoint Sign(SigningKey key, string hubId, Checkpoint? before, DateTimeOffset at, long lastSeq, string lastHash)
    {
        var json = new JsonObject
        {
            ["v"] = 1,
            ["hub_id"] = hubId,
            ["n"] = (before?.N ?? 0) + 1,
            ["at"] = Timestamps.Format(at),
            ["last_seq"] = lastSeq,
            ["last_hash"] = lastHash,
            ["prev"] = before?.Hash ?? AuditChain.Start,
            ["key_id"] = key.Public.Id,
        };
        json["signature"] = key.Sign(CanonicalJson.Write(json));
        return new Checkpoint(json);
    }

    /// <summary>Null when the text is not a checkpoint of version 1.</summary>
    public static Checkpoint? Parse(string line)
    {
        try
        {
            return JsonNode.Parse(line, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) is JsonObject json ? Of(json) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static Checkpoint? Of(JsonObject json)
    {
        var checkpoint = new Checkpoint(json);
        try
        {
            var whole = json["v"]!.GetValue<long>() == 1 && checkpoint.N > 0 && checkpoint.LastSeq > 0 && checkpoint.At > default(DateTimeOffset)
                && (checkpoint.HubId, checkpoint.LastHash, checkpoint.Prev, checkpoint.KeyId) is not (null, _, _, _);
            return whole ? checkpoint : null;
        }
        catch (Exception e) when (e is NullReferenceException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    public bool IsSignedBy(PublicKey key)
    {
        var unsigned = Json.DeepClone().AsObject();
        unsigned.Remove("signature");
        return KeyId == key.Id && Json["signature"] is JsonValue value && value.TryGetValue(out string? signature) && key.Verifies(CanonicalJson.Write(unsigned), signature);
    }
}
