namespace ControlChat.Bench.Relay;

/// <summary>One side of P3: something that takes appended events and hands them to readers.</summary>
internal interface IRelaySide : IAsyncDisposable
{
    string Name { get; }

    /// <summary>It can serve many clients; the floor is one reader.</summary>
    bool ServesMany { get; }

    /// <summary>Somewhere new to append to, with nothing in it.</summary>
    Task<RelayTarget> BeginAsync();

    /// <summary>Appends without waiting for an answer, in the order of the calls.</summary>
    void Append(string text);
}

/// <param name="Kind"><c>sse</c> or <c>xread</c>.</param>
internal sealed record RelayTarget(string Kind, string At, string? Cookie);
