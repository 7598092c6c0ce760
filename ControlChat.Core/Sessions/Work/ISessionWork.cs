using ControlChat.Core.Sessions.Containment;

namespace ControlChat.Core.Sessions.Work;

/// <summary>One session at work in this process, whatever its mode.</summary>
internal interface ISessionWork : IDisposable
{
    string Id { get; }

    long Fence { get; }

    /// <summary>The head of its processes; null while there is none.</summary>
    int? ProcessId { get; }

    /// <summary>Whether the kernel ended something of it for its memory.</summary>
    MemoryExcess? Excess { get; }

    /// <summary>What its processes take of memory by now, in bytes.</summary>
    void Measure(long memory)
    {
    }

    /// <summary>How long ago its lease was taken or prolonged, by this machine's clock.</summary>
    TimeSpan SinceHeld { get; }

    /// <param name="since">A moment before the lease was prolonged.</param>
    void Hold(long since);

    /// <summary>A stop switch is set: what it does is left off, and nothing new reaches it.</summary>
    void Freeze();

    void Thaw();

    /// <summary>The rows say that it has ended, or that another worker holds it.</summary>
    void Lose();

    /// <summary>Its lease may be over: another worker may take it up at any moment.</summary>
    void Lapse();

    /// <summary>It takes more than it may: it ends at once.</summary>
    /// <param name="why">For its owner.</param>
    void Exceed(string why);

    /// <summary>Something of it may have changed in the rows.</summary>
    void Look();

    /// <summary>Works until the session ends, what runs in it does, or this process stops.</summary>
    /// <returns>Whether another worker should go on with it.</returns>
    Task<bool> RunAsync(CancellationToken stopping);
}
