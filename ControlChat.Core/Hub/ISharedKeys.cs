namespace ControlChat.Core.Hub;

/// <summary>
/// Secrets that every process of a hub needs and its database keeps, sealed with <c>Hub:KeyEncryptionKey</c>. PostgreSQL only: with
/// SQLite they are files of 0600 in the data directory. Read rarely, and by frameworks that cannot wait: so not async.
/// </summary>
public interface ISharedKeys
{
    /// <summary>Null when there is none.</summary>
    /// <exception cref="HubUnavailableException">The database does not answer.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It was sealed with another key.</exception>
    string? Find(string name);

    /// <summary>Those whose names begin so, in the order of their names.</summary>
    IReadOnlyList<string> List(string prefix);

    /// <summary>Keeps it, unless there is one of this name already.</summary>
    void Add(string name, string secret);
}

/// <param name="Shared">Null where the hub's one process keeps its keys in files.</param>
public sealed record HubKeyring(ISharedKeys? Shared);
