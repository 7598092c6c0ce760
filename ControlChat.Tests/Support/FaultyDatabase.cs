using ControlChat.Core.Hub;

namespace ControlChat.Tests.Support;

/// <summary>A database that fails when a test says so, for one of those who use it.</summary>
internal sealed class FaultyDatabase : HubDatabase
{
    private readonly HubDatabase _real;

    public FaultyDatabase(HubDatabase real)
    {
        _real = real;
        // Whoever hears of commits, there or here, hears of all.
        Committed = real.Committed;
        real.Committed = announcements => Committed(announcements);
    }

    /// <summary>Asked before each read; what it gives is thrown.</summary>
    public Func<Exception?>? OnRead { get; set; }

    /// <summary>What each read waits for before it begins; null for nothing.</summary>
    public Task? Held { get; set; }

    /// <summary>Reads that were asked for.</summary>
    public int Reads { get; private set; }

    /// <summary>The same before each transaction.</summary>
    public Func<Exception?>? OnBegin { get; set; }

    public override bool IsOneProcess => _real.IsOneProcess;

    public override async Task<IHubReadSession> ReadAsync(CancellationToken cancellationToken)
    {
        Reads++;
        if (OnRead?.Invoke() is { } fault) throw fault;
        if (Held is { } held) await held;
        return await _real.ReadAsync(cancellationToken);
    }

    public override Task<IHubTransaction> BeginAsync(CancellationToken cancellationToken) =>
        OnBegin?.Invoke() is { } fault ? Task.FromException<IHubTransaction>(fault) : _real.BeginAsync(cancellationToken);

    public override Task<IHubTransaction?> TryBeginAsync(CancellationToken cancellationToken) => _real.TryBeginAsync(cancellationToken);

    public override Task MigrateAsync(CancellationToken cancellationToken) => _real.MigrateAsync(cancellationToken);

    public override Task<string?> HoldAsync(bool alone, CancellationToken cancellationToken) => _real.HoldAsync(alone, cancellationToken);

    public override Task<HubDescription> DescribeAsync(CancellationToken cancellationToken) => _real.DescribeAsync(cancellationToken);

    /// <summary>The real one is its owner's.</summary>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
