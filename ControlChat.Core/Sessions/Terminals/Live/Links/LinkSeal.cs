using System.Security.Cryptography;
using System.Text;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Terminals.Live.Links;

/// <summary>
/// Seals what goes between the hub's processes with a key that only they have: whoever reads the bus learns nothing of a terminal, and whoever writes
/// to it cannot say anything in one.
/// </summary>
internal sealed class LinkSeal(OwnKey place)
{
    private const int KeyLength = 32;
    private readonly Lock _use = new();
    private byte[]? _secret;

    /// <summary>For one topic: what was said on another does not open.</summary>
    /// <exception cref="HubUnavailableException">The key is in the database, which does not answer.</exception>
    public TopicSeal Of(string topic) => new(KeySeal.Of(Convert.ToBase64String(HKDF.DeriveKey(HashAlgorithmName.SHA256, Secret(), KeyLength, info: Encoding.UTF8.GetBytes($"terminal-link:{topic}"))))!, topic);

    // At the first use: where keys are shared, the database must be there.
    private byte[] Secret()
    {
        lock (_use)
        {
            if (_secret is { } known) return known;
            using var key = place.LoadOrCreate();
            return _secret = key.ExportParameters(includePrivateParameters: true).D!;
        }
    }
}

/// <summary>One topic's messages.</summary>
internal sealed class TopicSeal(KeySeal seal, string topic)
{
    public string Topic => topic;

    public string Seal(string text) => seal.Seal(topic, text);

    /// <summary>Null for what no process of this hub has said there.</summary>
    public string? Open(string text)
    {
        try
        {
            return seal.Open(topic, text);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
