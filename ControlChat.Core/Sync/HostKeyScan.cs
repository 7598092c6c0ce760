using System.Globalization;

namespace ControlChat.Core.Sync;

/// <summary>Asks a host for its keys, without signing in.</summary>
public sealed class HostKeyScan(TimeProvider time)
{
    private const int MostLines = 50;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    /// <param name="pinned">The key pinned before: when the host still has it, that one is answered.</param>
    /// <exception cref="SyncFailedException">The host does not answer, or has no key of a kind that can be pinned.</exception>
    public async Task<HostKey> AskAsync(SyncRemote.Ssh remote, HostKey? pinned, CancellationToken cancellationToken)
    {
        var keys = new List<HostKey>();
        try
        {
            await SyncProgram.RunAsync(
                "ssh-keyscan", ["-T", "5", "-p", remote.Port.ToString(CultureInfo.InvariantCulture), "-t", "ed25519,ecdsa,rsa", "--", remote.Host],
                reader => ReadAsync(reader, keys), Limit, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // What was said until then counts.
        }
        return keys.Find(k => k == pinned) ?? keys.MinBy(k => k.Rank) ?? throw SyncFailedException.Outside(
            $"{remote.Host} did not tell its host key on port {remote.Port} in time. Look whether the name is right and the host is up, then ask again.");
    }

    // "[127.0.0.1]:2222 ssh-ed25519 AAAA…"
    private static async Task ReadAsync(TextReader reader, List<HostKey> keys)
    {
        for (var lines = 0; await reader.ReadLineAsync() is { } line;)
        {
            if (++lines <= MostLines && line.Split(' ', 2) is [_, var rest] && HostKey.Parse(rest.Trim()) is { } key) keys.Add(key);
        }
    }
}
