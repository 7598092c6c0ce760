namespace ControlChat.Core.Logs;

/// <summary>The hub's own log, to be searched. The files are the log; this is an index over them that can be built again at any time.</summary>
public interface ILogStore
{
    /// <exception cref="LogsUnavailableException">The index does not answer; the log goes on being written.</exception>
    /// <exception cref="FormatException">The cursor is none of ours.</exception>
    Task<LogPage> SearchAsync(LogQuery query, CancellationToken cancellationToken);

    /// <summary>How many lines of the query came after this one, counted up to 100.</summary>
    /// <exception cref="LogsUnavailableException">The index does not answer.</exception>
    Task<int> CountNewerAsync(LogQuery query, long id, CancellationToken cancellationToken);

    /// <summary>Takes in what was written since; rebuilds when the index is missing or damaged.</summary>
    /// <exception cref="LogsUnavailableException">It could not.</exception>
    Task CatchUpAsync(CancellationToken cancellationToken);

    /// <summary>Forgets the lines of files that are gone.</summary>
    Task ForgetAsync(IReadOnlyList<string> files, CancellationToken cancellationToken);
}

/// <summary>The log cannot be searched now; nothing else is affected.</summary>
public sealed class LogsUnavailableException(string message, Exception inner) : Exception(message, inner);
