using System.Text.Json;
using System.Text.Json.Serialization;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Terminals.Live.Links;

/// <summary>
/// What goes between a window's process and the worker of its terminal, sealed by the hub's key. Nothing in it is authority: who a window is and what it
/// may, the worker reads from the database by the ids.
/// </summary>
/// <param name="Kind">One of <see cref="LinkKinds"/>.</param>
/// <param name="Link">Of one window's connection, 256 random bits.</param>
internal sealed record LinkMessage(string Kind, string Link)
{
    // Of a frame or of what is typed, as Base64, and all around it.
    private const int Most = 256 * 1024;

    // The same once it is sealed.
    private const int MostSealed = Most / 3 * 4 + 1024;

    private static readonly JsonSerializerOptions Wire = new(Json.Wire) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Rises with every message of this side, from 1 on.</summary>
    public long No { get; init; }

    /// <summary>What the worker gave the window when it joined: whoever plays an old link again cannot know the new one.</summary>
    public string? Pass { get; init; }

    /// <summary>Of the question or of the reading it belongs to.</summary>
    public long N { get; init; }
    public string? Window { get; init; }
    public string? Account { get; init; }
    public string? Token { get; init; }
    public string? AuthSession { get; init; }
    public bool? May { get; init; }

    /// <summary>Of a frame; how far was read; or behind what to read.</summary>
    public long? Seq { get; init; }
    public DateTimeOffset? At { get; init; }
    public string? Type { get; init; }
    public byte[]? Data { get; init; }
    public TerminalSize? Size { get; init; }
    public long? From { get; init; }
    public long? To { get; init; }
    public bool? Yes { get; init; }
    public ControlAnswer? Answer { get; init; }
    public string? Text { get; init; }
    public TerminalNow? Now { get; init; }

    public BusMessage ToBus(TopicSeal seal) => BusMessage.New(seal.Seal(JsonSerializer.Serialize(this, Wire)));

    /// <summary>Null for what is none, or was said by no process of this hub.</summary>
    public static LinkMessage? Read(BusMessage message, TopicSeal seal)
    {
        if (message.Payload.Length > MostSealed || seal.Open(message.Payload) is not { } text) return null;
        try
        {
            return JsonSerializer.Deserialize<LinkMessage>(text, Wire) is { Kind: not null, Link: not null } read ? read : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

internal static class LinkKinds
{
    // To the worker.
    public const string Join = "join";
    public const string Beat = "beat";
    public const string Leave = "leave";
    public const string In = "in";
    public const string Resize = "resize";
    public const string Take = "take";
    public const string Object = "object";
    public const string GiveBack = "give_back";
    public const string Read = "read";
    public const string Had = "had";
    public const string Unread = "unread";

    // From it.
    public const string Joined = "joined";
    public const string Refused = "refused";
    public const string Now = "now";
    public const string Answer = "answer";
    public const string Frame = "frame";
    public const string Slow = "slow";
    public const string End = "end";
}
