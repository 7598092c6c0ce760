using System.Text;
using System.Text.Json;
using ControlChat.Core.Bus;
using Microsoft.AspNetCore.WebUtilities;

namespace ControlChat.App.Operations;

/// <summary>What could not be delivered, of the bus or of the outbox. Ids only: a message's content is nobody's business here.</summary>
/// <param name="Id">Opaque.</param>
/// <param name="Source"><c>bus|outbox</c>.</param>
/// <param name="Group">The bus's group of consumers that failed; null for the outbox.</param>
/// <param name="About">The id in its payload, or null.</param>
public sealed record UndeliveredLetter(string Id, string Source, string Topic, string? Group, string? About, int Attempts, DateTimeOffset FailedAt, string Error)
{
    private const string OfBus = "bus_";

    internal static UndeliveredLetter Of(DeadLetter letter) => new(
        OfBus + WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes($"{letter.Topic}\n{letter.Group}\n{letter.EntryId}")),
        "bus", letter.Topic, letter.Group, AboutOf(letter.Message.Payload), letter.Attempts, letter.FailedAt, letter.LastError);

    internal static UndeliveredLetter Of(BuriedAnnouncement row) => new(row.Id, "outbox", row.Topic, null, row.RefId, row.Attempts, row.FailedAt, row.LastError ?? "");

    private static string? AboutOf(string payload)
    {
        try
        {
            using var document = JsonDocument.Parse(payload);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
