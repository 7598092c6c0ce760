using System.Data.Common;
using ControlChat.Core.Hub;

namespace ControlChat.Tests.Core.Usage;

/// <summary>A database whose answer to a commit is lost for so long that nobody can say what became of it.</summary>
internal sealed class DeafDatabase(HubDatabase real) : HubDatabase
{
    public bool Loses { get; set; }

    /// <summary>Whether the commit came through all the same.</summary>
    public bool Commits { get; set; }

    public override bool IsOneProcess => real.IsOneProcess;

    public override Task<IHubReadSession> ReadAsync(CancellationToken cancellationToken) => real.ReadAsync(cancellationToken);

    public override async Task<IHubTransaction> BeginAsync(CancellationToken cancellationToken) => new Transaction(await real.BeginAsync(cancellationToken), this);

    public override Task<IHubTransaction?> TryBeginAsync(CancellationToken cancellationToken) => real.TryBeginAsync(cancellationToken);

    public override Task MigrateAsync(CancellationToken cancellationToken) => real.MigrateAsync(cancellationToken);

    public override Task<HubDescription> DescribeAsync(CancellationToken cancellationToken) => real.DescribeAsync(cancellationToken);

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Transaction(IHubTransaction inner, DeafDatabase owner) : IHubTransaction
    {
        public DateTimeOffset Now => inner.Now;

        public SqlDialect Dialect => inner.Dialect;

        public Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) => inner.QueryAsync<T>(sql, arguments, cancellationToken);

        public Task<T?> FindAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) => inner.FindAsync<T>(sql, arguments, cancellationToken);

        public Task ScanAsync(string sql, object? arguments, Func<DbDataReader, bool> row, CancellationToken cancellationToken) => inner.ScanAsync(sql, arguments, row, cancellationToken);

        public Task<int> ExecuteAsync(string sql, object? arguments, CancellationToken cancellationToken) => inner.ExecuteAsync(sql, arguments, cancellationToken);

        public Task AnnounceAsync(string topic, string id, CancellationToken cancellationToken) => inner.AnnounceAsync(topic, id, cancellationToken);

        public Task SaveAsync(string name, CancellationToken cancellationToken) => inner.SaveAsync(name, cancellationToken);

        public Task RollbackToAsync(string name, CancellationToken cancellationToken) => inner.RollbackToAsync(name, cancellationToken);

        public void Hint(string topic, string id) => inner.Hint(topic, id);

        public async Task CommitAsync(CancellationToken cancellationToken)
        {
            if (!owner.Loses || owner.Commits) await inner.CommitAsync(cancellationToken);
            if (owner.Loses) throw new HubUnavailableException("The answer was lost.", new TimeoutException());
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
