using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ControlChat.Harness;
using Npgsql;

namespace ControlChat.Faults;

/// <summary>What a PostgreSQL server does to its clients, from the first moment to the last.</summary>
internal abstract class DatabaseTrouble(string name)
{
    private static readonly TimeSpan _stall = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _shortage = TimeSpan.FromSeconds(3);

    public string Name => name;

    /// <summary>One of the three kinds in turn, in one of its forms by chance.</summary>
    public static DatabaseTrouble Of(int trial, Random dice) => (trial % 3) switch
    {
        0 => new Restart(atOnce: dice.Next(2) == 0, TimeSpan.FromMilliseconds(dice.Next(0, 2000))),
        1 => new Stall(),
        _ => dice.Next(2) == 0 ? new NoSlots() : new NoPool(),
    };

    public abstract Task HappenAsync(FaultRun run, Bed bed);

    private sealed class Restart(bool atOnce, TimeSpan away) : DatabaseTrouble("restart")
    {
        public override async Task HappenAsync(FaultRun run, Bed bed)
        {
            var server = bed.Team!.Postgres;
            await Task.Run(() => server.Stop(atOnce));
            await Task.Delay(away, TimeProvider.System);
            await Task.Run(server.StartAgainAsync);
        }
    }

    private sealed class Stall() : DatabaseTrouble("stall")
    {
        public override async Task HappenAsync(FaultRun run, Bed bed)
        {
            bed.Team!.Postgres.Pause();
            await Task.Delay(_stall, TimeProvider.System);
            bed.Team.Postgres.Resume();
        }
    }

    /// <summary>Somebody else holds every connection the server has, and the hub's own were ended.</summary>
    private sealed class NoSlots() : DatabaseTrouble("exhaustion")
    {
        public override async Task HappenAsync(FaultRun run, Bed bed)
        {
            var held = new ConcurrentBag<NpgsqlConnection>();
            try
            {
                await FillAsync(bed, held);
                await using var end = held.First().CreateCommand();
                end.CommandText = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'controlchat'";
                await end.ExecuteNonQueryAsync();
                await FillAsync(bed, held);
                await Task.Delay(_shortage, TimeProvider.System);
            }
            finally
            {
                foreach (var connection in held) await connection.DisposeAsync();
            }
        }

        private static async Task FillAsync(Bed bed, ConcurrentBag<NpgsqlConnection> held)
        {
            while (true)
            {
                var connection = new NpgsqlConnection($"{bed.Team!.ConnectionString};Pooling=false");
                try
                {
                    await connection.OpenAsync();
                    held.Add(connection);
                }
                catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.TooManyConnections)
                {
                    await connection.DisposeAsync();
                    return;
                }
            }
        }
    }

    /// <summary>Readers that wait for a locked table hold every connection the hub may have.</summary>
    private sealed class NoPool() : DatabaseTrouble("exhaustion")
    {
        private const int Waiting = 60;

        public override async Task HappenAsync(FaultRun run, Bed bed)
        {
            await using var connection = new NpgsqlConnection($"{bed.Team!.ConnectionString};Pooling=false");
            await connection.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using var locking = new NpgsqlCommand("lock table workspaces in access exclusive mode", connection, transaction);
            await locking.ExecuteNonQueryAsync();
            var flood = bed.Clients.SelectMany(c => Enumerable.Range(0, Waiting).Select(_ => ListAsync(run, c))).ToList();
            await Task.Delay(_stall, TimeProvider.System);
            await transaction.RollbackAsync();
            await Task.WhenAll(flood);
        }

        private static async Task ListAsync(FaultRun run, HubClient client)
        {
            var answer = await client.CallAsync("workspace.list", new JsonObject());
            run.Expect(answer.Status == 200 || (answer.Status == 503 && answer.Field("code") == "unavailable"), $"a read during exhaustion answered {answer.Status}: {answer.Text}");
        }
    }
}
