namespace ControlChat.Core.Accounts.Passwords;

/// <summary>
/// How many passwords are worked on at once. Each takes a core for a good while (<see cref="PasswordHash.Rounds"/>): a flood of sign-ins, which
/// need no account, leaves the other cores to everybody else. A few wait for their turn; who comes after them is to come again.
/// </summary>
internal sealed class PasswordLanes : IDisposable
{
    /// <summary>How many may wait for each that is worked on.</summary>
    public const int WaitingEach = 8;

    /// <summary>When whoever was not taken may come again.</summary>
    public static readonly TimeSpan ComeAgain = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _free;
    private readonly int _most;
    private int _taken;

    public PasswordLanes() : this(Math.Max(1, Environment.ProcessorCount / 2))
    {
    }

    public PasswordLanes(int lanes) => (_free, _most) = (new SemaphoreSlim(lanes), lanes * (1 + WaitingEach));

    /// <returns>The turn, to be disposed when the work is done; null: too many wait already.</returns>
    public async Task<IDisposable?> EnterAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _taken) > _most)
        {
            Interlocked.Decrement(ref _taken);
            return null;
        }
        try
        {
            await _free.WaitAsync(cancellationToken);
        }
        catch
        {
            Interlocked.Decrement(ref _taken);
            throw;
        }
        return new Turn(this);
    }

    public void Dispose() => _free.Dispose();

    private sealed class Turn(PasswordLanes lanes) : IDisposable
    {
        private int _done;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _done, 1) != 0) return;
            Interlocked.Decrement(ref lanes._taken);
            lanes._free.Release();
        }
    }
}
