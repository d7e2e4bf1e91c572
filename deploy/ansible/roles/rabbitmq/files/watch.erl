%% Looks after the cluster from within the node, every five seconds.
%%
%% Alone: with pause_minority a node pauses when it loses sight of most others, and comes back
%% when it sees them again. One that was frozen for longer than net_ticktime loses them and sees
%% them again in the same moment: it does not pause, and stays a cluster of its own beside theirs
%% for ever. Found so twice, it restarts RabbitMQ within the node, which joins the others again;
%% quorum queues lose nothing by that. Of two halves, the one without the first node gives in.
%%
%% Whole: when all nodes run again, the first of them evens out the leaders of the queues.
case whereis(celeriac_watch) of
    undefined ->
        Look =
            fun() ->
                Members = lists:sort(rabbit_nodes:list_members()),
                Running = lists:sort(rabbit_mnesia:cluster_nodes(running)),
                Partitions = rabbit_node_monitor:partitions(),
                Balance = 2 * length(Running) - length(Members),
                Minor = Balance < 0 orelse (Balance =:= 0 andalso not lists:member(hd(Members), Running)),
                {Minor andalso Partitions =/= [] andalso rabbit:is_running(),
                 Running =:= Members andalso Partitions =:= [] andalso node() =:= hd(Members)}
            end,
        Watch =
            fun Watch(AloneBefore, WholeBefore) ->
                timer:sleep(5000),
                {Alone, Whole} = try Look() catch _:_ -> {false, false} end,
                case {AloneBefore, Alone, WholeBefore, Whole} of
                    {1, true, _, _} ->
                        logger:warning("Celeriac: this node was frozen and is a cluster of its own; it joins the others again"),
                        rabbit:stop(),
                        rabbit:start(),
                        Watch(0, 0);
                    {_, true, _, _} ->
                        Watch(1, 0);
                    {_, _, 2, true} ->
                        rabbit_amqqueue:rebalance(quorum, <<".*">>, <<".*">>),
                        Watch(0, 3);
                    {_, _, _, true} ->
                        Watch(0, WholeBefore + 1);
                    _ ->
                        Watch(0, 0)
                end
            end,
        register(celeriac_watch, spawn(fun() -> Watch(0, 0) end));
    _ ->
        true
end.
