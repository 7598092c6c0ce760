using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;

namespace ControlChat.Harness;

/// <summary>Reads <c>text/event-stream</c> from the hub.</summary>
public static class EventStream
{
    /// <summary>The events after a cursor (<c>?after=</c>), until the hub ends the stream or the token is cancelled.</summary>
    public static async IAsyncEnumerable<HubEvent> ReadAsync(HubClient client, string path, long? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        using var request = new HttpRequestMessage(HttpMethod.Get, after is null ? path : $"{path}?after={after.Value.ToString(CultureInfo.InvariantCulture)}");
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var response = await client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken), Encoding.UTF8);
        long? id = null;
        string? name = null, data = null;
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith("id:", StringComparison.Ordinal)) id = long.Parse(line.AsSpan(3).Trim(), CultureInfo.InvariantCulture);
            else if (line.StartsWith("event:", StringComparison.Ordinal)) name = line[6..].Trim();
            else if (line.StartsWith("data:", StringComparison.Ordinal)) data = line[5..].TrimStart();
            else if (line.Length == 0 && data is not null)
            {
                yield return new HubEvent(id, name ?? "message", JsonNode.Parse(data)!.AsObject());
                (id, name, data) = (null, null, null);
            }
        }
    }
}

/// <param name="Seq">The cursor; null for what is not stored (deltas, gap, reset, closed).</param>
public sealed record HubEvent(long? Seq, string Type, JsonObject Data);
