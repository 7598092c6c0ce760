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

    /// <returns>The status: 200, or 503 with the word that it may be tried again.</returns>
    private async Task<int> ReadAsync(FaultRun run, HubClient client)
    {
        var answer = await client.CallAsync("workspace.list", new JsonObject());
        var again = answer.Status == 503 && answer.Field("code") == "unavailable";
        if (again) run.Count($"{name}: told to try again");
        run.Expect(again || answer.Status == 200, $"{name}: a read answered {answer.Status}: {answer.Text}");
        return answer.Status;
    }

    private sealed class Restart(bool atOnce, TimeSpan away) : DatabaseTrouble("restart")
    {
        public override async Task HappenAsync(FaultRun run, Bed bed)
        {
            var server = bed.Team!.Postgres;
            await Task.Run(() => server.Stop(atOnce));
            foreach (var client in bed.Clients) run.Expect(await ReadAsync(run, client) == 503, $"{Name}: a read without a database was answered");
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
                do await FillAsync(bed, held);
                while (await EndThoseOfTheHubAsync(held.First()) > 0);
                foreach (var client in bed.Clients) run.Expect(await ReadAsync(run, client) == 503, $"{Name}: a read without a connection was answered");
                await Task.Delay(_shortage, TimeProvider.System);
            }
            finally
            {
                foreach (var connection in held) await connection.DisposeAsync();
            }
        }

        /// <returns>How many there were.</returns>
        private static async Task<long> EndThoseOfTheHubAsync(NpgsqlConnection connection)
        {
            await using var command = new NpgsqlCommand("select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'controlchat'", connection);
            return (long)(await command.ExecuteScalarAsync())!;
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
            var flood = bed.Clients.SelectMany(c => Enumerable.Range(0, Waiting).Select(_ => ReadAsync(run, c))).ToList();
            await Task.Delay(_stall, TimeProvider.System);
            await transaction.RollbackAsync();
            await Task.WhenAll(flood);
        }
    }
}
