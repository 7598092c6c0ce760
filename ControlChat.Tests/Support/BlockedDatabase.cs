using ControlChat.Core.Hub;

namespace ControlChat.Tests.Support;

/// <summary>Does not answer until it is given the real one.</summary>
internal sealed class BlockedDatabase : HubDatabase
{
    public HubDatabase? Real { get; set; }

    public override bool IsOneProcess => true;

    public override Task<IHubReadSession> ReadAsync(CancellationToken cancellationToken) =>
        Real?.ReadAsync(cancellationToken) ?? throw new HubUnavailableException("busy", new TimeoutException());

    public override Task<IHubTransaction> BeginAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public override Task<IHubTransaction?> TryBeginAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public override Task MigrateAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public override Task<HubDescription> DescribeAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
